/// Trained keys and values that every query of a block attends to beside those
/// of its sequence (Li and Liang 2021, arXiv 2101.00190; without
/// reparameterisation P-tuning v2, Liu et al. 2021, arXiv 2110.07602).
public struct PrefixTuning: Sendable, Hashable {
    /// How keys and values start.
    public enum Start: String, Sendable, Hashable, CaseIterable {
        /// As the base's own of tokens drawn from the vocabulary.
        case vocabulary
        /// Normal with deviation 1, as PEFT starts them.
        case random
        case zero
        /// As the base's own of a text's tokens, the special ones around it
        /// among them: what Li and Liang call the activations of real words.
        /// The base reads all of the text, repeated where it is shorter than
        /// the longest prefix, and each block takes the first tokens.
        case text
    }

    /// Virtual tokens by layer, 1 ... 1024.
    public var lengths: [Int: Int]
    public var start: Start
    /// Of `Start.text`; empty for the names of the task's labels.
    public var text: String
    /// Whether the positions of the tokens begin after the prefix, as in PEFT,
    /// instead of at 0, as in AdapterHub. Then the lengths are the same in all
    /// blocks.
    public var shiftsPositions: Bool
    /// Width of the hidden layer through which keys and values are computed
    /// while they train, 1 ... 4096; 0 trains them themselves. They then start
    /// as it makes them.
    public var projection: Int
    /// Whether keys and values are multiplied by a factor for each sequence: the
    /// mean over its tokens of `σ(w·h + b)`, of the block's input (UniPELT, Mao
    /// et al. 2022, arXiv 2110.07577).
    public var gate: Bool

    public init(
        lengths: [Int: Int], start: Start = .vocabulary, shiftsPositions: Bool = false, projection: Int = 0,
        gate: Bool = false, text: String = ""
    ) {
        self.text = text
        self.projection = projection
        self.gate = gate
        self.lengths = lengths
        self.start = start
        self.shiftsPositions = shiftsPositions
    }
}

extension PrefixTuning: AdaptationMethod {
    package static let name = "prefix"
    package static let summary = "Trained keys and values in front of a block's own (arXiv 2101.00190)."
    package static let sizeName = "length"
    package static let largestSize = 1024
    package static let searchedSizes = [0, 2, 4, 8, 16, 32]
    package static let typicalLearningRate = 5e-3

    package static let settings: [Setting<PrefixTuning>] = [
        .choice(
            "start", \.start, isAlwaysWritten: false,
            "vocabulary: the base's keys and values of drawn tokens; random: normal; zero; text: of a text's."
        ),
        .text(
            "text", \.text, bytes: StartText.mostBytes, isAlwaysWritten: false,
            "What start text reads; empty for the names of the task's labels."),
        .flag(
            "shifts_positions", \.shiftsPositions, isAlwaysWritten: false,
            "Whether the tokens' positions begin after the prefix, as in PEFT, or at 0, as in AdapterHub."),
        .integer(
            "projection", \.projection, in: 0...4096, isAlwaysWritten: false,
            "Hidden width of the map that makes keys and values while they train; 0 is none."),
        .flag(
            "gate", \.gate, isAlwaysWritten: false,
            "Whether a factor for each sequence weighs keys and values (arXiv 2110.07577)."),
    ]

    package init() { self.init(lengths: [:]) }

    package static func places(in shape: ModelShape) -> [Parameter.Place] {
        (0..<shape.layers).map(place)
    }

    private static func place(_ layer: Int) -> Parameter.Place {
        Parameter.Place(component: name, layer: layer, part: name)
    }

    package var sizes: [Parameter.Place: Int] {
        get {
            Dictionary(uniqueKeysWithValues: lengths.filter { $0.value > 0 }.map { (Self.place($0), $1) })
        }
        set {
            lengths = [:]
            for (place, length) in newValue { if let layer = place.layer { lengths[layer] = length } }
        }
    }

    package init(sizes reader: inout JSONObjectReader) throws(InputError) {
        self.init(lengths: try reader.layerSizes("lengths", upTo: Self.largestSize))
    }

    package var sizesJSON: [String: JSON] { ["lengths": .sizes(lengths)] }
    package var namedLayers: [Int] { Array(lengths.keys) }

    package func conflict(with other: any AdaptationMethod) -> String? {
        guard shiftsPositions, other is PromptTuning else { return nil }
        return "prefix.shifts_positions and prompt both move the tokens' positions"
    }

    package var contradiction: String? {
        guard !isEmpty else { return nil }
        if start == .text, projection > 0 {
            return "prefix.projection makes the keys and values, which can then not begin as a text's"
        }
        return StartText.unread(text, isRead: start == .text, by: Self.name)
    }

    package func contradiction(in shape: ModelShape) -> String? {
        guard shiftsPositions, !isEmpty else { return nil }
        let present = (0..<shape.layers).map { lengths[$0, default: 0] }
        return Set(present).count == 1
            ? nil : "prefix.shifts_positions needs one length in all \(shape.layers) blocks"
    }

    package func addedParameters(in shape: ModelShape) -> Int {
        let present = lengths.values.filter { $0 > 0 }
        let gates = gate ? present.count * (shape.hidden + 1) : 0
        guard projection > 0, let longest = present.max() else {
            return present.reduce(gates) { $0 + 2 * $1 * shape.hidden }
        }
        return gates + longest * shape.hidden + (shape.hidden + 1) * projection
            + 2 * present.count * (projection + 1) * shape.hidden
    }

    package func prefixLength(in layer: Int) -> Int { lengths[layer, default: 0] }

    package func products(in layer: Int, of pass: PassCount) -> DirectedProducts {
        guard gate, prefixLength(in: layer) > 0 else { return DirectedProducts() }
        // It reads what the keys' map reads.
        return pass.gate(of: Site(layer: layer, projection: .key))
    }

    /// Of the embeddings.
    package var positionOffset: Int { shiftsPositions ? lengths.values.max() ?? 0 : 0 }
}
