import Experiments

extension TokenizerFile {
    /// The tokens to be cut out of the text as it comes and out of the
    /// normalized text, and the largest of their ids (-1 without any).
    func addedTokens(
        _ segmenter: any Segmenter
    ) throws(InputError) -> (AddedTokens, AddedTokens, largestID: Int32) {
        var (plain, normalized) = (AddedTokens(), AddedTokens())
        var (nextID, largestID) = (Int32(vocabulary.count), Int32(-1))
        guard let entries = (json["added_tokens"] ?? []).array, entries.count <= 10_000 else {
            throw error("added_tokens", "expected an array of at most 10000 tokens")
        }
        for entry in entries {
            guard let content = entry["content"]?.string, content.utf8.count <= 256,
                let id = entry["id"]?.integer, let isNormalized = entry["normalized"]?.bool,
                entry["single_word"]?.bool == false
            else {
                throw error(
                    "added_tokens",
                    "expected content (at most 256 bytes), id, normalized and single_word false, "
                        + "found \(entry.canonicalText.prefix(200))")
            }
            let known = vocabulary[content]
            let expected = known ?? nextID
            guard id == Int(expected) else {
                throw error("added_tokens", "\"\(content)\" should have the id \(expected), found \(id)")
            }
            if known == nil { nextID += 1 }
            largestID = max(largestID, expected)
            let bytes = Array(content.utf8)
            let strip = try strip(of: entry, bytes)
            let isNew =
                isNormalized
                ? normalized.insert(segmenter.normalize(bytes, bytes.indices), id: expected, strip: strip)
                : plain.insert(bytes, id: expected, strip: strip)
            guard isNew else { throw error("added_tokens", "\"\(content)\" is empty or stands twice") }
        }
        return (plain, normalized, largestID)
    }

    /// A token of white space that takes white space along would be looked for
    /// in what it has taken, again and again.
    private func strip(of entry: JSON, _ token: [UInt8]) throws(InputError) -> AddedTokens.Strip {
        let strip = AddedTokens.Strip(of: entry)
        guard strip.isEmpty || !SplitTable.shared.isWhitespace(token, at: 0) else {
            throw error(
                "added_tokens",
                "expected no white space at the start of a token with lstrip or rstrip, "
                    + "found \(entry.canonicalText.prefix(200))")
        }
        return strip
    }
}
