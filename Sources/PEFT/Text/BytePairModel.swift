/// Byte-pair encoding of words (Sennrich et al. 2016, arXiv 1508.07909), from
/// bytes up.
struct BytePairModel: Sendable {
    /// By byte; nil where the vocabulary has no token for it.
    private let bytes: [Int32?]
    private let merges: MergeTable
    /// What stands for a byte without a token; nil: nothing.
    private let unknown: Int32?

    init(vocabulary: Vocabulary, merges: MergeTable, unknown: Int32?) {
        bytes = ByteAlphabet.characters.map { vocabulary[String($0)] }
        self.merges = merges
        self.unknown = unknown
    }

    /// Appends the ids of one word, in time n log n of its length.
    /// - Parameter merger: keeps its memory from word to word.
    func append(word: ArraySlice<UInt8>, by merger: inout BytePairMerger, to ids: inout [Int32]) {
        merger.start()
        for byte in word {
            if let id = bytes[Int(byte)] ?? unknown { merger.add(id) }
        }
        merger.merge(by: merges)
        merger.appendIDs(to: &ids)
    }
}
