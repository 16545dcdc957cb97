extension Tokenizer {
    /// Encodes words with the special tokens around them, each word for itself,
    /// as Hugging Face's tokenizers do with `is_split_into_words` (a byte-level
    /// one with `add_prefix_space`).
    ///
    /// - Parameter maximumLength: the most ids that result, counting the
    ///   special tokens, which are never cut.
    /// - Returns: the encoding, and for each word where its first token stands
    ///   in it; -1 for a word that was cut off or has no token.
    package func encode(words: [String], maximumLength: Int) -> (encoding: Encoding, firstTokens: [Int32]) {
        let limit = max(0, maximumLength - specialTokens(isPair: false))
        let start = template.start.count
        var ids: [Int32] = []
        var firstTokens: [Int32] = []
        firstTokens.reserveCapacity(words.count)
        for word in words {
            let begin = ids.count
            // A blank says that a word begins; WordPiece does not look at it.
            if begin < limit { ids += contentIDs(of: " \(word)", limit: limit - begin) }
            firstTokens.append(begin < min(ids.count, limit) ? Int32(begin + start) : -1)
        }
        return (template.encoding(of: ids, limit: maximumLength), firstTokens)
    }
}
