/// Finds the members of one JSON object without parsing them: names and
/// values as ranges of bytes, to be parsed one at a time.
///
/// It bounds the memory that a large object takes, and it keeps apart names
/// that Swift's `String` holds for equal, such as the two spellings of é.
struct JSONMemberScanner {
    /// Why the text is no object, and at which byte.
    struct Malformed: Error {
        let reason: String
        let offset: Int
    }

    private let bytes: [UInt8]
    private let end: Int
    private var position: Int
    private var hasBegun = false

    /// Scans the object that a range of a text holds.
    init(_ bytes: [UInt8], in range: Range<Int>) {
        self.bytes = bytes
        end = range.upperBound
        position = range.lowerBound
    }

    /// The next member, or nil after the last, when nothing but white space
    /// may follow.
    mutating func next() throws(Malformed) -> (name: Range<Int>, value: Range<Int>)? {
        if !hasBegun { try expect("{") }
        skipWhiteSpace()
        if current == UInt8(ascii: "}") {
            position += 1
            skipWhiteSpace()
            guard position == end else { throw error("unexpected text after the object") }
            return nil
        }
        if hasBegun { try expect(",") }
        hasBegun = true
        skipWhiteSpace()
        guard current == UInt8(ascii: "\"") else { throw error("expected a name in double quotes") }
        let name = try scanValue()
        try expect(":")
        return (name, try scanValue())
    }

    private var current: UInt8? { position < end ? bytes[position] : nil }

    private func error(_ reason: String) -> Malformed {
        Malformed(reason: reason, offset: position)
    }

    private mutating func skipWhiteSpace() {
        while let byte = current, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
            position += 1
        }
    }

    private mutating func expect(_ character: Unicode.Scalar) throws(Malformed) {
        skipWhiteSpace()
        guard current == UInt8(ascii: character) else { throw error("expected '\(character)'") }
        position += 1
    }

    /// Passes one value: a string, or everything up to the comma or bracket
    /// that ends it.
    private mutating func scanValue() throws(Malformed) -> Range<Int> {
        skipWhiteSpace()
        let start = position
        var depth = 0
        while let byte = current {
            switch byte {
            case UInt8(ascii: "\""):
                try skipString()
                if depth == 0 { return start..<position }
                continue
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                if depth == 0 { return start..<position }
                depth -= 1
                if depth == 0 {
                    position += 1
                    return start..<position
                }
            case UInt8(ascii: ",") where depth == 0: return start..<position
            default: break
            }
            position += 1
        }
        throw error("the text ends within a value")
    }

    private mutating func skipString() throws(Malformed) {
        position += 1
        while let byte = current {
            position += byte == UInt8(ascii: "\\") ? 2 : 1
            if byte == UInt8(ascii: "\"") { return }
        }
        throw error("the string does not end")
    }
}
