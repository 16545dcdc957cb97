import Experiments

/// A model folder of the older kind: `vocab.txt`, with the options in
/// `tokenizer_config.json` if that is there.
struct VocabularyFolder {
    private let path: String
    private let options: JSON
    private let optionsPath: String

    init(path: String) throws(InputError) {
        self.path = path
        optionsPath = "\(path)/tokenizer_config.json"
        options =
            RegularFile.exists(optionsPath)
            ? try RegularFile(path: optionsPath).json(limit: 1 << 20) : .object([:])
    }

    func tokenizer() throws(InputError) -> WordPieceTokenizer {
        let file = try RegularFile(path: "\(path)/vocab.txt")
        let vocabulary = try Vocabulary(lines: try file.contents(limit: 16 << 20), path: file.path)
        var added = AddedTokens()
        var ids: [String: Int32] = [:]
        for role in ["pad", "unk", "cls", "sep", "mask"] {
            let token = try specialToken("\(role)_token", default: "[\(role.uppercased())]")
            guard let id = vocabulary[token] else {
                throw InputError(file.path, reason: "has no line \"\(token)\"")
            }
            ids[role] = id
            _ = added.insert(Array(token.utf8), id: id)
        }
        let unknown = try specialToken("unk_token", default: "[UNK]")
        guard let start = ids["cls"], let separator = ids["sep"],
            let model = WordPieceModel(
                vocabulary: vocabulary, unknownToken: unknown, prefix: "##", maximumScalars: 100)
        else { throw InputError(file.path, reason: "has no line \"\(unknown)\"") }
        return WordPieceTokenizer(
            normalizer: try normalizer(), model: model, addedTokens: added,
            normalizedAddedTokens: AddedTokens(), start: start, separator: separator,
            vocabularySize: Int(vocabulary.largestID) + 1)
    }

    private func normalizer() throws(InputError) -> BERTNormalizer {
        BERTNormalizer(
            cleansText: true,
            isolatesIdeographs: try flag("tokenize_chinese_chars") ?? true,
            stripsAccents: try flag("strip_accents"),
            lowercases: try flag("do_lower_case") ?? true)
    }

    private func flag(_ key: String) throws(InputError) -> Bool? {
        switch options[key] ?? .null {
        case .null: nil
        case .bool(let value): value
        case let other:
            throw InputError(
                optionsPath, key: key,
                reason: "expected true or false, found \(other.canonicalText.prefix(40))")
        }
    }

    /// A token is written as its text or as an object with a `content`.
    private func specialToken(_ key: String, default absent: String) throws(InputError) -> String {
        guard let value = options[key], value != .null else { return absent }
        guard let token = value.string ?? value["content"]?.string, !token.isEmpty, token.utf8.count <= 256
        else { throw InputError(optionsPath, key: key, reason: "expected a token") }
        return token
    }
}
