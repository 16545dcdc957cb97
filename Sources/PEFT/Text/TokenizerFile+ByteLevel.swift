import Experiments

extension TokenizerFile {
    func byteLevelSegmenter() throws(InputError) -> ByteLevelSegmenter {
        if let normalizer = json["normalizer"], normalizer != .null {
            throw error("normalizer", "expected none, found \(normalizer.canonicalText.prefix(80))")
        }
        try expectType("pre_tokenizer", "ByteLevel")
        guard json["pre_tokenizer"]?["use_regex"] ?? true == true else {
            throw error("pre_tokenizer.use_regex", "expected true")
        }
        return ByteLevelSegmenter(
            addsPrefixSpace: try flag("pre_tokenizer", "add_prefix_space"), model: try bytePairModel())
    }

    private func bytePairModel() throws(InputError) -> BytePairModel {
        for (key, usual) in [
            ("dropout", .null), ("continuing_subword_prefix", ""), ("end_of_word_suffix", ""),
            ("fuse_unk", false), ("byte_fallback", false), ("ignore_merges", false),
        ] as [(String, JSON)] {
            guard let value = model[key], value != .null, value != usual else { continue }
            throw error(
                "model.\(key)",
                "expected \(usual.canonicalText), found \(value.canonicalText.prefix(80))")
        }
        return BytePairModel(vocabulary: vocabulary, merges: try merges(), unknown: try unknownToken())
    }

    private func unknownToken() throws(InputError) -> Int32? {
        guard let value = model["unk_token"], value != .null else { return nil }
        guard let id = value.string.flatMap({ vocabulary[$0] }) else {
            throw error(
                "model.unk_token", "\(value.canonicalText.prefix(80)) is not in the vocabulary")
        }
        return id
    }

    /// Merges are written as `"a b"` or, by newer versions, as `["a", "b"]`.
    private func merges() throws(InputError) -> MergeTable {
        guard let entries = model["merges"]?.array else {
            throw error("model.merges", "expected an array of merges")
        }
        var reader = MergeReader(vocabulary: vocabulary)
        for (number, entry) in entries.enumerated() {
            guard let (left, right) = Self.halves(of: entry), reader.add(left, right) else {
                throw error(
                    "model.merges[\(number)]",
                    "expected two tokens of the vocabulary that together are one, found "
                        + "\(entry.canonicalText.prefix(200))")
            }
        }
        return MergeTable(reader.merges)
    }

    private static func halves(of entry: JSON) -> (left: [UInt8], right: [UInt8])? {
        if let line = entry.string { return MergeReader.halves(of: Array(line.utf8)) }
        guard let pair = entry.array, pair.count == 2, let left = pair[0].string, let right = pair[1].string
        else { return nil }
        return (Array(left.utf8), Array(right.utf8))
    }
}
