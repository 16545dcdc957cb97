/// Trained vectors in front of a sequence's word embeddings (Lester et al.
/// 2021, arXiv 2104.08691). Positions, type 0 and the norm are applied on top.
public struct PromptTuning: Sendable, Hashable {
    /// How the vectors start.
    public enum Start: String, Sendable, Hashable, CaseIterable {
        /// As the embeddings of tokens drawn from the vocabulary.
        case vocabulary
        /// Normal with deviation 1, as PEFT starts them.
        case random
    }

    /// Where they stand.
    public enum Placement: String, Sendable, Hashable, CaseIterable {
        /// Before the first token, so that the head reads the first of them, as
        /// in PEFT.
        case before
        /// After the first token, which the head reads, as AdapterHub's
        /// `prefix_after_bos` has it.
        case afterFirst = "after_first"
    }

    /// Virtual tokens, 0 ... 1024.
    public var length: Int
    public var start: Start
    public var placement: Placement

    public init(length: Int, start: Start = .vocabulary, placement: Placement = .before) {
        self.length = length
        self.start = start
        self.placement = placement
    }
}

extension PromptTuning: AdaptationMethod {
    package static let name = "prompt"
    package static let summary = "Trained vectors in front of the word embeddings (arXiv 2104.08691)."
    package static let sizeName = "length"
    package static let largestSize = 1024
    package static let searchedSizes = [0, 2, 4, 8, 16, 32]
    package static let typicalLearningRate = 1e-2

    package static let settings: [Setting<PromptTuning>] = [
        .choice(
            "start", \.start, isAlwaysWritten: false,
            "vocabulary: embeddings of drawn tokens; random: normal."),
        .choice(
            "placement", \.placement, isAlwaysWritten: false,
            "before the first token, which hides it from the head, or after_first."),
    ]

    package init() { self.init(length: 0) }

    private static let place = Parameter.Place(component: name, layer: nil, part: "length")

    package static func places(in shape: ModelShape) -> [Parameter.Place] { [place] }

    package var sizes: [Parameter.Place: Int] {
        get { length > 0 ? [Self.place: length] : [:] }
        set { length = newValue[Self.place] ?? 0 }
    }

    package init(sizes reader: inout JSONObjectReader) throws(InputError) {
        self.init(length: try reader.integer("length", in: 0...Self.largestSize))
    }

    package var sizesJSON: [String: JSON] { ["length": .integer(length)] }
    package func addedParameters(in shape: ModelShape) -> Int { length * shape.embedding }
    package var promptLength: Int { length }
    package var positionOffset: Int { length }
}
