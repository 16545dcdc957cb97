/// The tokens that are not JSON and that many writers of JSON put there all
/// the same: Python's `json.dumps` writes a bare `NaN`.
package enum NonFiniteTokens {
    /// Longer ones before those they contain.
    package static let all = ["-Infinity", "Infinity", "NaN"]

    /// The text with each bare token in quotation marks, so that a strict
    /// parser reads it; a text without any is returned as it is.
    package static func quoted(in text: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        var isInString = false
        var position = 0
        while position < text.count {
            let byte = text[position]
            if isInString, byte == UInt8(ascii: "\\") {
                result.append(contentsOf: text[position..<min(position + 2, text.count)])
                position += 2
                continue
            }
            if byte == UInt8(ascii: "\"") { isInString.toggle() }
            if !isInString, let token = token(at: position, in: text) {
                result += [UInt8(ascii: "\"")] + token + [UInt8(ascii: "\"")]
                position += token.count
            } else {
                result.append(byte)
                position += 1
            }
        }
        return result
    }

    private static let bytes = all.map { Array($0.utf8) }

    private static func token(at position: Int, in text: [UInt8]) -> [UInt8]? {
        bytes.first { text[position...].starts(with: $0) }
    }
}
