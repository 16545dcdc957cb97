import Experiments

/// A model folder of the older kind with a WordPiece tokenizer: `vocab.txt`,
/// and the options in `tokenizer_config.json` if that is there.
struct WordPieceFolder {
    private let path: String
    private let options: TokenizerOptions

    init(path: String) throws(InputError) {
        self.path = path
        options = try TokenizerOptions(folder: path)
    }

    func tokenizer() throws(InputError) -> Tokenizer {
        let file = try RegularFile(path: "\(path)/vocab.txt")
        let vocabulary = try Vocabulary(lines: try file.contents(limit: 16 << 20), path: file.path)
        var added = AddedTokens()
        var ids: [String: Int32] = [:]
        for role in ["pad", "unk", "cls", "sep", "mask"] {
            let token = try specialToken(role).text
            guard let id = vocabulary[token] else {
                throw InputError(file.path, reason: "has no line \"\(token)\"")
            }
            ids[role] = id
            _ = added.insert(Array(token.utf8), id: id)
        }
        let unknown = try specialToken("unk").text
        guard let start = ids["cls"], let separator = ids["sep"],
            let model = WordPieceModel(
                vocabulary: vocabulary, unknownToken: unknown, prefix: "##", maximumScalars: 100)
        else { throw InputError(file.path, reason: "has no line \"\(unknown)\"") }
        return Tokenizer(
            segmenter: WordPieceSegmenter(normalizer: try normalizer(), model: model),
            addedTokens: added, normalizedAddedTokens: AddedTokens(),
            template: .bert(start: start, separator: separator),
            vocabularySize: Int(vocabulary.largestID) + 1)
    }

    private func specialToken(_ role: String) throws(InputError) -> TokenizerOptions.SpecialToken {
        try options.specialToken("\(role)_token", default: "[\(role.uppercased())]")
    }

    private func normalizer() throws(InputError) -> BERTNormalizer {
        BERTNormalizer(
            cleansText: true,
            isolatesIdeographs: try options.flag("tokenize_chinese_chars") ?? true,
            stripsAccents: try options.flag("strip_accents"),
            lowercases: try options.flag("do_lower_case") ?? true)
    }
}
