/// Which hidden states above the last block a head reads.
public enum ReadRows: Sendable, Hashable {
    /// Each sequence's first: the last block computes no other row.
    case first
    /// Every token's.
    case all
}
