import Experiments

/// A `tokenizer.json` of the Hugging Face tokenizers with a BERT pipeline.
///
/// Truncation, padding and the decoder are not looked at: the first two are
/// arguments of an encoding, and nothing is decoded.
struct TokenizerFile {
    private let path: String
    /// The file without `model`.
    private let json: JSON
    /// `model` without `vocab`.
    private let model: JSON
    private let vocabulary: Vocabulary

    init(path: String) throws(InputError) {
        self.path = path
        let bytes = try RegularFile(path: path).contents(limit: 16 << 20)
        do {
            let (json, modelRange) = try Self.members(of: bytes, in: bytes.indices, except: "model")
            let (model, range) = try Self.members(of: bytes, in: modelRange, except: "vocab")
            (self.json, self.model) = (json, model)
            vocabulary = try Vocabulary(json: bytes, in: range)
        } catch let error as JSONMemberScanner.Malformed {
            throw InputError(path, reason: "\(error.reason) at byte \(error.offset)")
        } catch {
            throw InputError(path, reason: "is not valid JSON: \(error)")
        }
    }

    /// Parses an object, one of whose members is only located.
    private static func members(
        of bytes: [UInt8], in range: Range<Int>, except located: String
    ) throws -> (JSON, located: Range<Int>) {
        var scanner = JSONMemberScanner(bytes, in: range)
        var members: [String: JSON] = [:]
        var locatedRange: Range<Int>?
        while let member = try scanner.next() {
            let name = try JSON.parse(bytes[member.name]).string ?? ""
            let value = name == located ? .null : try JSON.parse(bytes[member.value])
            if name == located { locatedRange = member.value }
            guard members.updateValue(value, forKey: name) == nil else {
                throw JSONMemberScanner.Malformed(
                    reason: "\"\(name.prefix(80))\" stands twice", offset: member.name.lowerBound)
            }
        }
        guard let locatedRange else {
            throw JSONMemberScanner.Malformed(reason: "there is no \"\(located)\"", offset: range.lowerBound)
        }
        return (.object(members), locatedRange)
    }

    func tokenizer() throws(InputError) -> WordPieceTokenizer {
        try expectType("pre_tokenizer", "BertPreTokenizer")
        let normalizer = try normalizer()
        let model = try wordPieceModel()
        let (added, normalized, largestID) = try addedTokens(normalizer)
        let (start, separator) = try specialTokens()
        return WordPieceTokenizer(
            normalizer: normalizer, model: model, addedTokens: added, normalizedAddedTokens: normalized,
            start: start, separator: separator,
            vocabularySize: Int(max(largestID, vocabulary.largestID, start, separator)) + 1)
    }

    private func error(_ key: String, _ reason: String) -> InputError {
        InputError(
            path, key: key, reason: reason,
            suggestion: "a model with the WordPiece tokenizer of BERT")
    }

    private func expectType(_ key: String, _ expected: String) throws(InputError) {
        guard json[key]?["type"]?.string == expected else {
            let found = json[key]?["type"] ?? json[key] ?? .null
            throw error("\(key).type", "expected \(expected), found \(found.canonicalText.prefix(80))")
        }
    }

    private func flag(_ key: String, _ member: String) throws(InputError) -> Bool {
        guard let value = json[key]?[member]?.bool else {
            throw error("\(key).\(member)", "expected true or false")
        }
        return value
    }

    private func normalizer() throws(InputError) -> BERTNormalizer {
        try expectType("normalizer", "BertNormalizer")
        let stripsAccents = json["normalizer"]?["strip_accents"] ?? .null
        return BERTNormalizer(
            cleansText: try flag("normalizer", "clean_text"),
            isolatesIdeographs: try flag("normalizer", "handle_chinese_chars"),
            stripsAccents: stripsAccents == .null ? nil : try flag("normalizer", "strip_accents"),
            lowercases: try flag("normalizer", "lowercase"))
    }
}

extension TokenizerFile {
    private func wordPieceModel() throws(InputError) -> WordPieceModel {
        // Files of old versions have no type but the same members.
        let type = model["type"] ?? "WordPiece"
        guard type == "WordPiece" else {
            throw error("model.type", "expected WordPiece, found \(type.canonicalText.prefix(80))")
        }
        guard let unknown = model["unk_token"]?.string,
            let prefix = model["continuing_subword_prefix"]?.string,
            let maximum = model["max_input_chars_per_word"]?.integer, (1...10_000).contains(maximum)
        else {
            throw error(
                "model",
                "expected unk_token, continuing_subword_prefix and max_input_chars_per_word (1 to 10000)")
        }
        guard
            let model = WordPieceModel(
                vocabulary: vocabulary, unknownToken: unknown, prefix: prefix, maximumScalars: maximum)
        else { throw error("model.unk_token", "\"\(unknown.prefix(80))\" is not in the vocabulary") }
        return model
    }

    /// The tokens to be cut out of the text as it comes and out of the
    /// normalized text, and the largest of their ids (-1 without any).
    ///
    /// `lstrip` and `rstrip` take the white space beside a token with it,
    /// which makes no difference here: white space makes no ids.
    private func addedTokens(
        _ normalizer: BERTNormalizer
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
            let isNew =
                isNormalized
                ? normalized.insert(normalizer.normalize(bytes, 0..<bytes.count), id: expected)
                : plain.insert(bytes, id: expected)
            guard isNew else { throw error("added_tokens", "\"\(content)\" is empty or stands twice") }
        }
        return (plain, normalized, largestID)
    }
}

extension TokenizerFile {
    /// The ids of `[CLS]` and `[SEP]`, from either of the two ways to say that
    /// a text stands as `[CLS] A [SEP]` and a pair as `[CLS] A [SEP] B [SEP]`.
    private func specialTokens() throws(InputError) -> (start: Int32, separator: Int32) {
        let processor = json["post_processor"] ?? .null
        if processor["type"] == "BertProcessing" {
            return (try id(processor["cls"]?.array?.last), try id(processor["sep"]?.array?.last))
        }
        try expectType("post_processor", "TemplateProcessing")
        guard let start = processor["single"]?.array?.first?["SpecialToken"]?["id"]?.string,
            let separator = processor["single"]?.array?.last?["SpecialToken"]?["id"]?.string
        else { throw error("post_processor.single", "expected the template [CLS] A [SEP]") }
        let single: [JSON] = [special(start, 0), sequence("A", 0), special(separator, 0)]
        let pair = single + [sequence("B", 1), special(separator, 1)]
        guard processor["single"]?.array == single, processor["pair"]?.array == pair else {
            throw error("post_processor", "expected the templates [CLS] A [SEP] and [CLS] A [SEP] B [SEP]")
        }
        let ids = [start, separator].map { processor["special_tokens"]?[$0]?["ids"]?.array ?? [] }
        guard ids.allSatisfy({ $0.count == 1 }) else {
            throw error("post_processor.special_tokens", "expected one id for each special token")
        }
        return (try id(ids[0].first), try id(ids[1].first))
    }

    private func special(_ token: String, _ type: Int) -> JSON {
        ["SpecialToken": ["id": .string(token), "type_id": .integer(type)]]
    }

    private func sequence(_ name: String, _ type: Int) -> JSON {
        ["Sequence": ["id": .string(name), "type_id": .integer(type)]]
    }

    private func id(_ value: JSON?) throws(InputError) -> Int32 {
        guard let id = value?.integer.flatMap({ Int32(exactly: $0) }), Vocabulary.ids.contains(id) else {
            throw error("post_processor", "expected an id for each special token")
        }
        return id
    }
}
