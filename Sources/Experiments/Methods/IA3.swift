/// Scales activations by trained vectors that begin at 1 (Liu et al. 2022,
/// arXiv 2205.05638).
public struct IA3: Sendable, Hashable {
    /// What is scaled.
    public enum Part: String, Sendable, Hashable, CaseIterable, Comparable {
        case key, value
        /// The input of the second feed-forward map, after the nonlinearity.
        case feedForward = "ffn"
        /// The input of the attention's output map: one of those that PEFT's
        /// default for BERT adds to the paper's three.
        case attentionOutput = "attention_output"
        /// The output of the first feed-forward map, before the nonlinearity,
        /// as AdapterHub has it.
        case feedForwardIn = "ffn_in"
        case query

        public static func < (a: Part, b: Part) -> Bool { a.order < b.order }
        private var order: Int { Self.allCases.firstIndex(of: self)! }

        /// The paper's.
        static let searched: [Part] = [.key, .value, .feedForward]

        /// The map whose input or output it is.
        package var projection: Projection {
            switch self {
            case .key: .key
            case .value: .value
            case .query: .query
            case .feedForward: .feedForwardOut
            case .feedForwardIn: .feedForwardIn
            case .attentionOutput: .attentionOutput
            }
        }

        package var isInput: Bool { self == .feedForward || self == .attentionOutput }
    }

    /// The parts that are scaled, by block.
    public var parts: [Int: Set<Part>]

    public init(parts: [Int: Set<Part>]) { self.parts = parts }
}

extension IA3: AdaptationMethod {
    package static let name = "ia3"
    package static let summary = "Scales keys, values and feed-forward activations (arXiv 2205.05638)."
    package static let sizeName = "sites"
    package static let largestSize = 1
    package static let searchedSizes = [0, 1]
    package static let typicalLearningRate = 5e-3

    package init() { self.init(parts: [:]) }

    package static func places(in shape: ModelShape) -> [Parameter.Place] {
        (0..<shape.layers).flatMap { layer in Part.allCases.map { place(layer, $0) } }
    }

    package static func isSearched(_ place: Parameter.Place) -> Bool {
        Part(rawValue: place.part).map(Part.searched.contains) ?? false
    }

    /// The paper's parts together, each of the others by itself.
    package static func groupName(of place: Parameter.Place) -> String {
        isSearched(place) ? "\(name).\(sizeName)" : "\(name).\(place.part)"
    }

    private static func place(_ layer: Int, _ part: Part) -> Parameter.Place {
        Parameter.Place(component: name, layer: layer, part: part.rawValue)
    }

    package var sizes: [Parameter.Place: Int] {
        get {
            var sizes: [Parameter.Place: Int] = [:]
            for (layer, parts) in parts { for part in parts { sizes[Self.place(layer, part)] = 1 } }
            return sizes
        }
        set {
            parts = [:]
            for place in newValue.keys {
                guard let layer = place.layer, let part = Part(rawValue: place.part) else { continue }
                parts[layer, default: []].insert(part)
            }
        }
    }

    package init(sizes reader: inout JSONObjectReader) throws(InputError) {
        self.init()
        for text in try reader.strings("sites") {
            let pieces = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
            guard pieces.count == 2, let layer = Int(pieces[0]), layer >= 0, String(layer) == pieces[0],
                let part = Part(rawValue: String(pieces[1]))
            else {
                let parts = Part.allCases.map(\.rawValue).joined(separator: ", ")
                throw reader.error(
                    "sites",
                    "expected layer.part, such as 3.key (\(parts)), found \(JSONObjectReader.name(of: .string(text)))"
                )
            }
            guard parts[layer, default: []].insert(part).inserted else {
                throw reader.error("sites", "\(text) stands twice")
            }
        }
    }

    package var sizesJSON: [String: JSON] {
        let sites = parts.sorted { $0.key < $1.key }.flatMap { layer, parts in
            parts.sorted().map { JSON.string("\(layer).\($0.rawValue)") }
        }
        return ["sites": .array(sites)]
    }

    package func addedParameters(in shape: ModelShape) -> Int {
        parts.values.joined().reduce(0) { sum, part in
            let size = shape.size(of: part.projection)
            return sum + (part.isInput ? size.in : size.out)
        }
    }

    package func edits(_ site: Site) -> Bool {
        parts[site.layer, default: []].contains { $0.projection == site.projection }
    }

    package func scalesInput(of site: Site) -> Bool {
        parts[site.layer, default: []].contains { $0.isInput && $0.projection == site.projection }
    }

    package func keepsInput(of site: Site) -> Bool { scalesInput(of: site) }

    package func keptInputs(in layer: Int) -> Int { parts[layer, default: []].count { !$0.isInput } }
}
