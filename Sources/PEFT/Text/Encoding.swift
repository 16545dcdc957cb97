/// A text or a pair of texts as the model reads it, special tokens included,
/// without padding.
public struct Encoding: Sendable, Hashable {
    /// Token ids.
    public var ids: [Int32]
    /// 0 for the first text with its `[CLS]` and `[SEP]`, 1 for the second;
    /// as many as `ids`.
    public var typeIDs: [Int32]

    public init(ids: [Int32], typeIDs: [Int32]) {
        self.ids = ids
        self.typeIDs = typeIDs
    }
}
