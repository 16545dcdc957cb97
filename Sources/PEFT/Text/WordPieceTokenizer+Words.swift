extension WordPieceTokenizer {
    /// Encodes `[CLS] words [SEP]`, each word for itself, as Hugging Face's
    /// tokenizers do with `is_split_into_words`.
    ///
    /// - Parameter maximumLength: the most ids that result, counting the
    ///   special tokens, which are never cut.
    /// - Returns: the encoding, and for each word where its first token stands
    ///   in it; -1 for a word that was cut off or has no token.
    package func encode(words: [String], maximumLength: Int) -> (encoding: Encoding, firstTokens: [Int32]) {
        let limit = max(0, maximumLength - 2)
        var ids: [Int32] = []
        var firstTokens: [Int32] = []
        firstTokens.reserveCapacity(words.count)
        for word in words {
            let begin = ids.count
            if begin < limit { ids += contentIDs(of: word, limit: limit - begin) }
            firstTokens.append(begin < min(ids.count, limit) ? Int32(begin + 1) : -1)
        }
        let all = [start] + ids.prefix(limit) + [separator]
        return (Encoding(ids: all, typeIDs: [Int32](repeating: 0, count: all.count)), firstTokens)
    }
}
