/// The six affine maps of a transformer block that an adapter may edit.
public enum Projection: String, Sendable, Hashable, CaseIterable, Comparable {
    case query, key, value
    case attentionOutput = "attention_output"
    case feedForwardIn = "ffn_in"
    case feedForwardOut = "ffn_out"

    /// In the order of computation.
    public static func < (a: Projection, b: Projection) -> Bool { a.order < b.order }

    private var order: Int { Self.allCases.firstIndex(of: self)! }
}

/// One projection of one block, written `"4.query"`; blocks count from 0.
public struct Site: Sendable, Hashable, Comparable, CustomStringConvertible {
    public var layer: Int
    public var projection: Projection

    public init(layer: Int, projection: Projection) {
        self.layer = layer
        self.projection = projection
    }

    public init?(_ text: String) {
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let layer = Int(parts[0]), layer >= 0, String(layer) == parts[0],
            let projection = Projection(rawValue: String(parts[1]))
        else { return nil }
        self.init(layer: layer, projection: projection)
    }

    public var description: String { "\(layer).\(projection.rawValue)" }

    public static func < (a: Site, b: Site) -> Bool {
        (a.layer, a.projection) < (b.layer, b.projection)
    }
}
