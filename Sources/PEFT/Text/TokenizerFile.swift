import Experiments

/// A `tokenizer.json` of the Hugging Face tokenizers with the pipeline of BERT
/// or that of RoBERTa.
///
/// Truncation, padding and the decoder are not looked at: the first two are
/// arguments of an encoding, and nothing is decoded.
struct TokenizerFile {
    let path: String
    /// The file without `model`.
    let json: JSON
    /// `model` without `vocab`.
    let model: JSON
    let vocabulary: Vocabulary

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

    func tokenizer() throws(InputError) -> Tokenizer {
        let segmenter: any Segmenter =
            switch try pipeline() {
            case .wordPiece: try wordPieceSegmenter()
            case .byteLevel: try byteLevelSegmenter()
            }
        let (added, normalized, largestID) = try addedTokens(segmenter)
        let template = try template()
        return Tokenizer(
            segmenter: segmenter, addedTokens: added, normalizedAddedTokens: normalized, template: template,
            vocabularySize: Int(template.ids.reduce(max(largestID, vocabulary.largestID), max)) + 1)
    }

    private enum Pipeline { case wordPiece, byteLevel }

    private func pipeline() throws(InputError) -> Pipeline {
        switch model["type"] {
        case "WordPiece": return .wordPiece
        case "BPE": return .byteLevel
        // Files of old versions have no type but the same members.
        case nil: return model["merges"] == nil ? .wordPiece : .byteLevel
        case let type?:
            throw error("model.type", "expected WordPiece or BPE, found \(type.canonicalText.prefix(80))")
        }
    }
}

extension TokenizerFile {
    func error(_ key: String, _ reason: String) -> InputError {
        InputError(
            path, key: key, reason: reason,
            suggestion: "a model with the tokenizer of BERT (WordPiece) or of RoBERTa (byte-level BPE)")
    }

    func expectType(_ key: String, _ expected: String) throws(InputError) {
        guard json[key]?["type"]?.string == expected else {
            let found = json[key]?["type"] ?? json[key] ?? .null
            throw error("\(key).type", "expected \(expected), found \(found.canonicalText.prefix(80))")
        }
    }

    func flag(_ key: String, _ member: String) throws(InputError) -> Bool {
        guard let value = json[key]?[member]?.bool else {
            throw error("\(key).\(member)", "expected true or false")
        }
        return value
    }
}
