/// The sizes of an encoder: all that exact costs need to know of a base model.
public struct ModelShape: Sendable, Hashable {
    public var vocabulary: Int
    /// Rows of the position table.
    public var positions: Int
    /// Rows of the table of token types; 0 where there is none.
    public var tokenTypes: Int
    public var layers: Int
    /// Width of the hidden states.
    public var hidden: Int
    public var heads: Int
    public var feedForward: Int
    /// Width of the embedding tables; a map lies between them and the hidden
    /// states where those are wider or narrower (ELECTRA).
    public var embedding: Int
    /// The row of a sequence's first position; not 0 in RoBERTa.
    public var positionOffset: Int

    /// - Parameter embedding: `hidden` if nil.
    public init(
        vocabulary: Int, positions: Int, tokenTypes: Int, layers: Int, hidden: Int, heads: Int,
        feedForward: Int, embedding: Int? = nil, positionOffset: Int = 0
    ) {
        self.vocabulary = vocabulary
        self.positions = positions
        self.tokenTypes = tokenTypes
        self.layers = layers
        self.hidden = hidden
        self.heads = heads
        self.feedForward = feedForward
        self.embedding = embedding ?? hidden
        self.positionOffset = positionOffset
    }

    /// Tokens of the longest sequence.
    public var longestSequence: Int { positions - positionOffset }

    /// Whether a map lies between the embeddings and the first block.
    public var projectsEmbeddings: Bool { embedding != hidden }

    /// (out, in) of a projection's weight.
    public func size(of projection: Projection) -> (out: Int, in: Int) {
        switch projection {
        case .query, .key, .value, .attentionOutput: (hidden, hidden)
        case .feedForwardIn: (feedForward, hidden)
        case .feedForwardOut: (hidden, feedForward)
        }
    }
}
