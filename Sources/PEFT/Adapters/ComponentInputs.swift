import Experiments
import LinearAlgebra

/// What the components of a configuration name and it does not hold.
struct ComponentInputs: Sendable {
    /// The token ids of texts, with the special ones around them.
    private var tokens: [String: [Int]] = [:]

    /// The tensors of trained adapters, as `Transformer.bottleneckTensors` has
    /// them.
    private var adapters: [AdapterFusion.Adapter: [String: Matrix]] = [:]

    init() {}

    mutating func add(_ tensors: [String: Matrix], of adapter: AdapterFusion.Adapter) {
        adapters[adapter] = tensors
    }

    /// - Precondition: the adapter was added, and has a width in the block.
    func tensor(_ name: String, of adapter: AdapterFusion.Adapter) -> Matrix {
        guard let tensor = adapters[adapter]?[name] else { preconditionFailure("\(name) was not read") }
        return tensor
    }

    /// - Throws: what is missing or does not fit.
    init(
        of configuration: Configuration, for base: BaseModel, from sources: ComponentSources?
    ) throws(InputError) {
        for component in configuration.components {
            try component.attached.gather(&self, for: base, from: sources)
        }
    }

    /// - Parameters:
    ///   - text: empty for the names of the labels.
    ///   - method: for the error.
    mutating func addTokens(
        of text: String, for method: String, _ base: BaseModel, from sources: ComponentSources?
    ) throws(InputError) {
        guard let sources else {
            throw InputError(
                "configuration", key: "\(method).start", reason: "text needs the model's tokenizer")
        }
        let read = text.isEmpty ? sources.labels.joined(separator: ", ") : text
        let tokenizer = try Tokenizer(folder: sources.modelFolder)
        guard tokenizer.vocabularySize <= base.shape.vocabulary else {
            throw InputError(
                sources.modelFolder,
                reason:
                    "the tokenizer has \(tokenizer.vocabularySize) tokens, the model \(base.shape.vocabulary)"
            )
        }
        let encoding = tokenizer.encode(read, maximumLength: .max)
        guard encoding.ids.count > tokenizer.specialTokens(isPair: false) else {
            throw InputError(
                "configuration", key: "\(method).text",
                reason: read.isEmpty
                    ? "is empty, and the task has no labels whose names it could be"
                    : "has no tokens: the tokenizer leaves nothing of it",
                suggestion: "a few words about the task")
        }
        tokens[text] = encoding.ids.map(Int.init)
    }

    /// A text's token ids, repeated until there are enough.
    /// - Precondition: the text was added.
    func tokens(of text: String, atLeast count: Int) -> [Int] {
        guard let once = tokens[text] else { preconditionFailure("a text that nobody has read") }
        let times = max((count + once.count - 1) / once.count, 1)
        return Array([[Int]](repeating: once, count: times).joined())
    }
}
