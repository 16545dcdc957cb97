/// Turns texts into token ids exactly as the fast BERT tokenizer of Hugging
/// Face does (its `tokenizers` library, 0.23).
///
///     let tokenizer = try WordPieceTokenizer(folder: "models/all-MiniLM-L6-v2")
///     tokenizer.encode("Hello, world!", maximumLength: 64).ids
///     // [101, 7592, 1010, 2088, 999, 102]
public struct WordPieceTokenizer: Sendable {
    let normalizer: BERTNormalizer
    let model: WordPieceModel
    /// Cut out of the text as it comes.
    let addedTokens: AddedTokens
    /// Cut out of the normalized text.
    let normalizedAddedTokens: AddedTokens
    let start: Int32
    let separator: Int32
    /// One more than the largest id: the rows that an embedding needs.
    public let vocabularySize: Int

    /// Encodes `[CLS] text [SEP]`, or `[CLS] text [SEP] pair [SEP]`, in time
    /// linear in the texts.
    ///
    /// Texts that are too long lose their ends, the longer of a pair first.
    /// - Parameter maximumLength: the most ids that result, counting the
    ///   special tokens, which are never cut.
    public func encode(_ text: String, pair: String? = nil, maximumLength: Int) -> Encoding {
        guard let pair else {
            let first = contentIDs(of: text, limit: maximumLength)
            let count = min(first.count, max(0, maximumLength - 2))
            let ids = [start] + first.prefix(count) + [separator]
            return Encoding(ids: ids, typeIDs: [Int32](repeating: 0, count: ids.count))
        }
        // Which of two is the longer one is known at their ends only.
        let first = contentIDs(of: text, limit: .max)
        let second = contentIDs(of: pair, limit: .max)
        let counts = Self.longestFirst(first.count, second.count, limit: max(0, maximumLength - 3))
        let ids = [start] + first.prefix(counts.0) + [separator] + second.prefix(counts.1) + [separator]
        let typeIDs =
            [Int32](repeating: 0, count: counts.0 + 2) + [Int32](repeating: 1, count: counts.1 + 1)
        return Encoding(ids: ids, typeIDs: typeIDs)
    }

    /// How many tokens of each text of a pair stay: the longer is cut to what
    /// the shorter leaves, or both to half of the limit, the odd one going to
    /// the longer (to the second when they are equal).
    static func longestFirst(_ first: Int, _ second: Int, limit: Int) -> (Int, Int) {
        guard first + second > limit else { return (first, second) }
        let shorter = min(first, second, limit / 2)
        return first > second ? (limit - shorter, shorter) : (shorter, limit - shorter)
    }

    /// The ids of a text without special tokens around it: all, or at least
    /// `limit` if there are as many.
    func contentIDs(of text: String, limit: Int) -> [Int32] {
        let text = Array(text.utf8)
        var ids: [Int32] = []
        addedTokens.forEachPiece(of: text) { piece in
            guard case .text(let range) = piece else { return append(piece, to: &ids) }
            let normalized = normalizer.normalize(text, range)
            var goesOn = true
            normalizedAddedTokens.forEachPiece(of: normalized) { piece in
                guard case .text(let range) = piece else { return append(piece, to: &ids) }
                WordSplitter.forEachWord(of: normalized, range) { word, scalars in
                    model.append(word: word, of: normalized, scalars: scalars, to: &ids)
                    goesOn = ids.count < limit
                    return goesOn
                }
                return goesOn
            }
            return goesOn
        }
        return ids
    }

    private func append(_ piece: AddedTokens.Piece, to ids: inout [Int32]) -> Bool {
        if case .token(let id) = piece { ids.append(id) }
        return true
    }
}
