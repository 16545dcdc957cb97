import Experiments

/// A model folder of the older kind with RoBERTa's tokenizer: `vocab.json` and
/// `merges.txt`, and the options in `tokenizer_config.json` if that is there.
struct ByteLevelFolder {
    private let path: String
    private let options: TokenizerOptions

    init(path: String) throws(InputError) {
        self.path = path
        options = try TokenizerOptions(folder: path)
    }

    func tokenizer() throws(InputError) -> Tokenizer {
        let vocabulary = try vocabulary()
        var added = AddedTokens()
        var ids: [String: Int32] = [:]
        for (role, absent) in [("cls", "<s>"), ("sep", "</s>"), ("pad", "<pad>"), ("mask", "<mask>")] {
            let token = try options.specialToken("\(role)_token", default: absent)
            guard let id = vocabulary[token.text] else {
                throw InputError("\(path)/vocab.json", reason: "has no token \"\(token.text)\"")
            }
            ids[role] = id
            _ = added.insert(Array(token.text.utf8), id: id, strip: token.strip)
        }
        guard let start = ids["cls"], let separator = ids["sep"] else {
            throw InputError("\(path)/vocab.json", reason: "has no special tokens")
        }
        let unknown = try options.specialToken("unk_token", default: "<unk>")
        if let id = vocabulary[unknown.text] {
            _ = added.insert(Array(unknown.text.utf8), id: id, strip: unknown.strip)
        }
        let model = BytePairModel(vocabulary: vocabulary, merges: try merges(vocabulary), unknown: nil)
        return Tokenizer(
            segmenter: ByteLevelSegmenter(
                addsPrefixSpace: try options.flag("add_prefix_space") ?? false, model: model),
            addedTokens: added, normalizedAddedTokens: AddedTokens(),
            template: .roberta(start: start, separator: separator),
            vocabularySize: Int(vocabulary.largestID) + 1)
    }

    private func vocabulary() throws(InputError) -> Vocabulary {
        let file = try RegularFile(path: "\(path)/vocab.json")
        let bytes = try file.contents(limit: 16 << 20)
        do {
            return try Vocabulary(json: bytes, in: bytes.indices)
        } catch let error as JSONMemberScanner.Malformed {
            throw InputError(file.path, reason: "\(error.reason) at byte \(error.offset)")
        } catch {
            throw InputError(file.path, reason: "is not valid JSON: \(error)")
        }
    }

    /// Two tokens a line, apart from the version at the top.
    private func merges(_ vocabulary: Vocabulary) throws(InputError) -> MergeTable {
        let file = try RegularFile(path: "\(path)/merges.txt")
        let lines = try file.contents(limit: 16 << 20)
            .split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        var reader = MergeReader(vocabulary: vocabulary)
        for (number, line) in lines.enumerated() {
            let text = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
            if text.isEmpty || text.starts(with: "#version".utf8) { continue }
            guard let (left, right) = MergeReader.halves(of: text), reader.add(left, right) else {
                throw InputError(
                    file.path, line: number + 1,
                    reason: "expected two tokens that are in vocab.json, as is what they make together")
            }
        }
        return MergeTable(reader.merges)
    }
}
