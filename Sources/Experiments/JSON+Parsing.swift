extension JSON {
    /// What a parser of hostile text allows.
    public struct Limits: Sendable {
        /// The deepest nesting of arrays and objects.
        public var depth: Int
        /// The largest text, in bytes.
        public var bytes: Int
        /// Whether U+FFFD stands in for an escaped NUL, instead of an error.
        public var replacesNUL: Bool

        public init(depth: Int = 32, bytes: Int = 64 << 20, replacesNUL: Bool = false) {
            self.depth = depth
            self.bytes = bytes
            self.replacesNUL = replacesNUL
        }
    }

    /// Why a text is not JSON, and at which byte.
    public struct SyntaxError: Error, Sendable, Equatable, CustomStringConvertible {
        public let reason: String
        public let offset: Int

        public init(reason: String, offset: Int) {
            self.reason = reason
            self.offset = offset
        }

        public var description: String { "\(reason) at byte \(offset)" }

        /// The reason when a number has no double that is near it.
        public static let numberTooLarge = "the number is beyond a double"
    }

    /// Parses one JSON text (RFC 8259), strictly: UTF-8 without a byte order
    /// mark, no duplicate names, no NUL in a string (PostgreSQL cannot store
    /// it), no NaN and no number beyond a double, nothing after the value.
    ///
    /// Two names are duplicates when they are canonically equivalent (`é` as
    /// one scalar or as two), not only when their bytes are equal: members are
    /// kept in a dictionary, readers would take one for the other, and no
    /// honest writer makes two such names.
    public static func parse(_ bytes: some Collection<UInt8>, limits: Limits = Limits()) throws(SyntaxError)
        -> JSON
    {
        guard bytes.count <= limits.bytes else {
            throw SyntaxError(reason: "the text is longer than \(limits.bytes) bytes", offset: limits.bytes)
        }
        var parser = JSONParser(bytes: Array(bytes), limits: limits)
        return try parser.parseText()
    }

    public static func parse(_ text: String, limits: Limits = Limits()) throws(SyntaxError) -> JSON {
        try parse(text.utf8, limits: limits)
    }
}

private struct JSONParser {
    let bytes: [UInt8]
    let limits: JSON.Limits
    var position = 0

    init(bytes: [UInt8], limits: JSON.Limits) {
        self.bytes = bytes
        self.limits = limits
    }

    mutating func parseText() throws(JSON.SyntaxError) -> JSON {
        let value = try parseValue(depth: 0)
        skipWhiteSpace()
        guard position == bytes.count else { throw error("unexpected text after the value") }
        return value
    }

    func error(_ reason: String) -> JSON.SyntaxError {
        JSON.SyntaxError(reason: reason, offset: position)
    }

    var current: UInt8? { position < bytes.count ? bytes[position] : nil }

    mutating func skipWhiteSpace() {
        while let byte = current, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
            position += 1
        }
    }

    mutating func parseValue(depth: Int) throws(JSON.SyntaxError) -> JSON {
        skipWhiteSpace()
        switch current {
        case UInt8(ascii: "{") where depth >= limits.depth, UInt8(ascii: "[") where depth >= limits.depth:
            throw error("nested deeper than \(limits.depth)")
        case UInt8(ascii: "{"): return try parseObject(depth: depth)
        case UInt8(ascii: "["): return try parseArray(depth: depth)
        case UInt8(ascii: "\""): return .string(try parseString())
        case UInt8(ascii: "t"): return try parseWord("true", .bool(true))
        case UInt8(ascii: "f"): return try parseWord("false", .bool(false))
        case UInt8(ascii: "n"): return try parseWord("null", .null)
        case UInt8(ascii: "-"), .some(UInt8(ascii: "0")...UInt8(ascii: "9")): return try parseNumber()
        case nil: throw error("the text ends where a value was expected")
        default: throw error("expected a value")
        }
    }

    mutating func parseWord(_ word: String, _ value: JSON) throws(JSON.SyntaxError) -> JSON {
        guard bytes[position...].starts(with: word.utf8) else { throw error("expected \(word)") }
        position += word.utf8.count
        return value
    }

    mutating func parseObject(depth: Int) throws(JSON.SyntaxError) -> JSON {
        position += 1
        var members: [String: JSON] = [:]
        skipWhiteSpace()
        if current == UInt8(ascii: "}") {
            position += 1
            return .object(members)
        }
        while true {
            skipWhiteSpace()
            guard current == UInt8(ascii: "\"") else { throw error("expected a name in double quotes") }
            let start = position
            let name = try parseString()
            skipWhiteSpace()
            guard current == UInt8(ascii: ":") else { throw error("expected ':'") }
            position += 1
            let value = try parseValue(depth: depth + 1)
            guard members.updateValue(value, forKey: name) == nil else {
                throw JSON.SyntaxError(reason: "the name \"\(name.prefix(80))\" stands twice", offset: start)
            }
            skipWhiteSpace()
            switch current {
            case UInt8(ascii: ","): position += 1
            case UInt8(ascii: "}"):
                position += 1
                return .object(members)
            default: throw error("expected ',' or '}'")
            }
        }
    }

    mutating func parseArray(depth: Int) throws(JSON.SyntaxError) -> JSON {
        position += 1
        var values: [JSON] = []
        skipWhiteSpace()
        if current == UInt8(ascii: "]") {
            position += 1
            return .array(values)
        }
        while true {
            values.append(try parseValue(depth: depth + 1))
            skipWhiteSpace()
            switch current {
            case UInt8(ascii: ","): position += 1
            case UInt8(ascii: "]"):
                position += 1
                return .array(values)
            default: throw error("expected ',' or ']'")
            }
        }
    }

    mutating func parseNumber() throws(JSON.SyntaxError) -> JSON {
        let start = position
        if current == UInt8(ascii: "-") { position += 1 }
        let leading = current
        guard skipDigits() else { throw error("expected a digit") }
        if leading == UInt8(ascii: "0"), position - start > (bytes[start] == UInt8(ascii: "-") ? 2 : 1) {
            throw JSON.SyntaxError(reason: "a number may not begin with 0", offset: start)
        }
        var isWhole = true
        if current == UInt8(ascii: ".") {
            isWhole = false
            position += 1
            guard skipDigits() else { throw error("expected a digit after '.'") }
        }
        if current == UInt8(ascii: "e") || current == UInt8(ascii: "E") {
            isWhole = false
            position += 1
            if current == UInt8(ascii: "+") || current == UInt8(ascii: "-") { position += 1 }
            guard skipDigits() else { throw error("expected a digit in the exponent") }
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        if isWhole, text != "-0", let value = Int(text) { return .integer(value) }
        guard let value = Double(text), value.isFinite else {
            throw JSON.SyntaxError(reason: JSON.SyntaxError.numberTooLarge, offset: start)
        }
        return .number(value)
    }

    mutating func skipDigits() -> Bool {
        let start = position
        while let byte = current, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") { position += 1 }
        return position > start
    }

    mutating func parseString() throws(JSON.SyntaxError) -> String {
        position += 1
        var content: [UInt8] = []
        let start = position
        while true {
            guard let byte = current else { throw error("the string does not end") }
            switch byte {
            case UInt8(ascii: "\""):
                position += 1
                guard let text = String(validating: content, as: UTF8.self) else {
                    throw JSON.SyntaxError(reason: "the string is not valid UTF-8", offset: start)
                }
                return text
            case UInt8(ascii: "\\"):
                position += 1
                try parseEscape(into: &content)
            case 0..<0x20: throw error("a control character must be escaped")
            default:
                content.append(byte)
                position += 1
            }
        }
    }

    mutating func parseEscape(into content: inout [UInt8]) throws(JSON.SyntaxError) {
        guard let byte = current else { throw error("the string does not end") }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): content.append(byte)
        case UInt8(ascii: "b"): content.append(0x08)
        case UInt8(ascii: "f"): content.append(0x0C)
        case UInt8(ascii: "n"): content.append(0x0A)
        case UInt8(ascii: "r"): content.append(0x0D)
        case UInt8(ascii: "t"): content.append(0x09)
        case UInt8(ascii: "u"):
            let scalar = try parseUnicodeEscape()
            content.append(contentsOf: Array(String(Character(scalar)).utf8))
        default: throw error("unknown escape")
        }
    }

    mutating func parseUnicodeEscape() throws(JSON.SyntaxError) -> Unicode.Scalar {
        let first = try parseHex4()
        if first == 0 {
            guard limits.replacesNUL else { throw error("NUL in a string") }
            return "\u{FFFD}"
        }
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard first < 0xDC00, current == UInt8(ascii: "\\"), position + 1 < bytes.count,
            bytes[position + 1] == UInt8(ascii: "u")
        else { throw error("a lone surrogate") }
        position += 2
        let second = try parseHex4()
        guard (0xDC00...0xDFFF).contains(second) else { throw error("a lone surrogate") }
        let value = 0x10000 + (UInt32(first) - 0xD800) << 10 + (UInt32(second) - 0xDC00)
        guard let scalar = Unicode.Scalar(value) else { throw error("a lone surrogate") }
        return scalar
    }

    mutating func parseHex4() throws(JSON.SyntaxError) -> UInt16 {
        guard position + 4 <= bytes.count else { throw error("expected four hexadecimal digits") }
        var value: UInt16 = 0
        for byte in bytes[position..<position + 4] {
            guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                throw error("expected four hexadecimal digits")
            }
            value = value << 4 | UInt16(digit)
        }
        position += 4
        return value
    }
}
