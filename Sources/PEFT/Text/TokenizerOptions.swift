import Experiments

/// The `tokenizer_config.json` of a model folder of the older kind; without
/// the file nothing is set.
struct TokenizerOptions {
    /// A special token and the white space that it takes along.
    struct SpecialToken {
        let text: String
        let strip: AddedTokens.Strip
    }

    private let json: JSON
    private let path: String

    init(folder: String) throws(InputError) {
        path = "\(folder)/tokenizer_config.json"
        json = RegularFile.exists(path) ? try RegularFile(path: path).json(limit: 1 << 20) : .object([:])
    }

    /// Nil where it is absent or null.
    func flag(_ key: String) throws(InputError) -> Bool? {
        switch json[key] ?? .null {
        case .null: nil
        case .bool(let value): value
        case let other:
            throw InputError(
                path, key: key, reason: "expected true or false, found \(other.canonicalText.prefix(40))")
        }
    }

    /// A token is written as its text or as an object with a `content`.
    func specialToken(_ key: String, default absent: String) throws(InputError) -> SpecialToken {
        guard let value = json[key], value != .null else { return SpecialToken(text: absent, strip: []) }
        guard let token = value.string ?? value["content"]?.string, !token.isEmpty, token.utf8.count <= 256
        else { throw InputError(path, key: key, reason: "expected a token") }
        return SpecialToken(text: token, strip: AddedTokens.Strip(of: value))
    }
}

extension AddedTokens.Strip {
    /// As the members `lstrip` and `rstrip` of a token say.
    init(of token: JSON) {
        self = []
        if token["lstrip"] == true { insert(.left) }
        if token["rstrip"] == true { insert(.right) }
    }
}
