/// The sizes of an encoder: all that exact costs need to know of a base model.
public struct ModelShape: Sendable, Hashable {
    public var vocabulary: Int
    public var positions: Int
    public var tokenTypes: Int
    public var layers: Int
    public var hidden: Int
    public var heads: Int
    public var feedForward: Int

    public init(
        vocabulary: Int, positions: Int, tokenTypes: Int, layers: Int, hidden: Int, heads: Int,
        feedForward: Int
    ) {
        self.vocabulary = vocabulary
        self.positions = positions
        self.tokenTypes = tokenTypes
        self.layers = layers
        self.hidden = hidden
        self.heads = heads
        self.feedForward = feedForward
    }

    /// (out, in) of a projection's weight.
    public func size(of projection: Projection) -> (out: Int, in: Int) {
        switch projection {
        case .query, .key, .value, .attentionOutput: (hidden, hidden)
        case .feedForwardIn: (feedForward, hidden)
        case .feedForwardOut: (hidden, feedForward)
        }
    }
}
