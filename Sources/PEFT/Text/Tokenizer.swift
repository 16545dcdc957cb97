/// Turns texts into token ids exactly as the fast tokenizer of Hugging Face
/// does (its `tokenizers` library, 0.23) with the files of a model.
///
///     let tokenizer = try Tokenizer(folder: "models/all-MiniLM-L6-v2")
///     tokenizer.encode("Hello, world!", maximumLength: 64).ids
///     // [101, 7592, 1010, 2088, 999, 102]
public struct Tokenizer: Sendable {
    /// How text between added tokens becomes ids.
    let segmenter: any Segmenter
    /// Cut out of the text as it comes.
    let addedTokens: AddedTokens
    /// Cut out of the normalized text.
    let normalizedAddedTokens: AddedTokens
    /// What stands around the texts.
    let template: SequenceTemplate
    /// One more than the largest id: the rows that an embedding needs.
    public let vocabularySize: Int

    /// Token types that a pair has.
    public var pairTypes: Int { Int(template.secondType) + 1 }

    /// Tokens that stand around every text or pair.
    public func specialTokens(isPair: Bool) -> Int { template.count(isPair: isPair) }

    /// Encodes a text or a pair of texts with the special tokens around them,
    /// in time that grows with their length n as n log n at most.
    ///
    /// Texts that are too long lose their ends, the longer of a pair first.
    /// - Parameter maximumLength: the most ids that result, counting the
    ///   special tokens, which are never cut.
    public func encode(_ text: String, pair: String? = nil, maximumLength: Int) -> Encoding {
        guard let pair else {
            return template.encoding(of: contentIDs(of: text, limit: maximumLength), limit: maximumLength)
        }
        // Which of two is the longer one is known at their ends only.
        return template.encoding(
            of: contentIDs(of: text, limit: .max), and: contentIDs(of: pair, limit: .max),
            limit: maximumLength)
    }

    /// The ids of a text without special tokens around it: all, or at least
    /// `limit` if there are as many.
    func contentIDs(of text: String, limit: Int) -> [Int32] {
        let text = Array(text.utf8)
        var ids: [Int32] = []
        addedTokens.forEachPiece(of: text) { piece in
            guard case .text(let range) = piece else { return append(piece, to: &ids) }
            let normalized = segmenter.normalize(text, range)
            normalizedAddedTokens.forEachPiece(of: normalized) { piece in
                guard case .text(let range) = piece else { return append(piece, to: &ids) }
                segmenter.append(range, of: normalized, limit: limit, to: &ids)
                return ids.count < limit
            }
            return ids.count < limit
        }
        return ids
    }

    private func append(_ piece: AddedTokens.Piece, to ids: inout [Int32]) -> Bool {
        if case .token(let id) = piece { ids.append(id) }
        return true
    }
}
