/// Greedy longest-match-first segmentation of words (Wu et al. 2016,
/// "Google's neural machine translation system", as BERT uses it).
struct WordPieceModel: Sendable {
    private let pieces: ByteTrie
    /// Where a piece within a word begins: behind the prefix `##`.
    private let continuation: ByteTrie.Node?
    private let unknown: Int32
    private let maximumScalars: Int

    /// The vocabulary must hold `unknownToken`; nil if it does not.
    init?(vocabulary: Vocabulary, unknownToken: String, prefix: String, maximumScalars: Int) {
        guard let unknown = vocabulary[unknownToken] else { return nil }
        self.unknown = unknown
        self.maximumScalars = maximumScalars
        pieces = vocabulary.trie
        continuation = vocabulary.trie.node(of: prefix.utf8)
    }

    /// Appends the ids of one word: a range of normalized UTF-8 with its
    /// number of scalars. A word that cannot be segmented whole, or is too
    /// long, is one unknown token.
    func append(word: Range<Int>, of text: [UInt8], scalars: Int, to ids: inout [Int32]) {
        let count = ids.count
        if scalars <= maximumScalars, segment(word, of: text, to: &ids) { return }
        ids.removeLast(ids.count - count)
        ids.append(unknown)
    }

    private func segment(_ word: Range<Int>, of text: [UInt8], to ids: inout [Int32]) -> Bool {
        var start = word.lowerBound
        var node: ByteTrie.Node? = ByteTrie.root
        while start < word.upperBound {
            guard let from = node,
                let match = pieces.longestMatch(in: text, start..<word.upperBound, from: from)
            else { return false }
            ids.append(match.number)
            start = match.end
            node = continuation
        }
        return true
    }
}
