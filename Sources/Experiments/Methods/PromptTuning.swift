/// Trained vectors in front of a sequence's word embeddings (Lester et al.
/// 2021, arXiv 2104.08691). Positions, type 0 and the norm are applied on top.
public struct PromptTuning: Sendable, Hashable {
    /// How the vectors start.
    public enum Start: String, Sendable, Hashable, CaseIterable {
        /// As the embeddings of tokens drawn from the vocabulary.
        case vocabulary
        /// Normal with deviation 1, as PEFT starts them.
        case random
        /// As the embeddings of a text's tokens, the special ones around it
        /// among them, repeated or cut to the length: PEFT's
        /// `PromptTuningInit.TEXT`.
        case text
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

    /// What the vectors go through while they train (P-tuning, Liu et al. 2021,
    /// arXiv 2103.10385).
    public enum Encoder: String, Sendable, Hashable, CaseIterable {
        case none
        /// Three maps with ReLU.
        case mlp
        /// Two layers of a bidirectional LSTM and two maps.
        case lstm
    }

    /// Virtual tokens, 0 ... 1024.
    public var length: Int
    public var start: Start
    /// Of `Start.text`; empty for the names of the task's labels.
    public var text: String
    public var placement: Placement
    public var encoder: Encoder
    /// Of the encoder, 1 ... 4096.
    public var hidden: Int

    public init(
        length: Int, start: Start = .vocabulary, placement: Placement = .before, encoder: Encoder = .none,
        hidden: Int = 128, text: String = ""
    ) {
        self.text = text
        self.encoder = encoder
        self.hidden = hidden
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
            "vocabulary: embeddings of drawn tokens; random: normal; text: those of a text's tokens."),
        .text(
            "text", \.text, bytes: StartText.mostBytes, isAlwaysWritten: false,
            "What start text reads, repeated or cut to the length; empty for the names of the task's labels."),
        .choice(
            "placement", \.placement, isAlwaysWritten: false,
            "before the first token, which hides it from the head, or after_first."),
        .choice(
            "encoder", \.encoder, isAlwaysWritten: false,
            "P-tuning (arXiv 2103.10385): what the vectors go through while they train."),
        .integer("hidden", \.hidden, in: 1...4096, isAlwaysWritten: false, "Width of the encoder."),
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

    package func addedParameters(in shape: ModelShape) -> Int {
        guard length > 0 else { return 0 }
        let width = shape.embedding
        let table = length * width
        func maps(_ sides: Int...) -> Int {
            zip(sides, sides.dropFirst()).reduce(0) { $0 + ($1.0 + 1) * $1.1 }
        }
        switch encoder {
        case .none: return table
        case .mlp: return table + maps(width, hidden, hidden, width)
        case .lstm:
            let layers = [width, 2 * hidden].reduce(0) { $0 + 2 * 4 * hidden * ($1 + hidden + 2) }
            return table + layers + maps(2 * hidden, 2 * hidden, width)
        }
    }

    package var contradiction: String? {
        isEmpty ? nil : StartText.unread(text, isRead: start == .text, by: Self.name)
    }

    package var promptLength: Int { length }
    package var positionOffset: Int { length }
}
