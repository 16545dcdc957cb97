/// A Swift source, split into what is code and what stands in literals and
/// comments.
struct SwiftText {
    struct Literal: Equatable {
        /// Of its opening quote, from 1.
        let line: Int
        /// As written, with a blank for each interpolation.
        let text: String
    }

    /// The source with comments and literals blanked, line by line the same.
    let code: String
    let literals: [Literal]

    init(_ source: String) {
        var scanner = Scanner(source)
        scanner.scanCode(inInterpolation: false)
        code = String(decoding: scanner.code, as: UTF8.self)
        literals = scanner.literals
    }
}

private struct Scanner {
    private let bytes: [UInt8]
    private var position = 0
    private var line = 1
    private(set) var code: [UInt8] = []
    private(set) var literals: [SwiftText.Literal] = []

    init(_ source: String) { bytes = Array(source.utf8) }

    /// Ends before the parenthesis that closes an interpolation.
    mutating func scanCode(inInterpolation: Bool) {
        var depth = 0
        while position < bytes.count {
            if startsHere("//") {
                while position < bytes.count, bytes[position] != UInt8(ascii: "\n") { blank() }
            } else if startsHere("/*") {
                blankBlockComment()
            } else if startsHere("`") {
                repeat { keep() } while position < bytes.count && !startsHere("`")
                keep()
            } else if let hashes = hashesBeforeQuote {
                scanLiteral(hashes: hashes)
            } else {
                if startsHere("(") { depth += 1 }
                if startsHere(")") {
                    if inInterpolation, depth == 0 { return }
                    depth -= 1
                }
                keep()
            }
        }
    }

    private mutating func blankBlockComment() {
        var depth = 0
        repeat {
            if startsHere("/*") {
                depth += 1
            } else if startsHere("*/") {
                depth -= 1
            } else {
                blank(); continue
            }
            blank()
            blank()
        } while depth > 0 && position < bytes.count
    }

    private var hashesBeforeQuote: Int? {
        let hashes = bytes[position...].prefix { $0 == UInt8(ascii: "#") }.count
        let quote = position + hashes
        return quote < bytes.count && bytes[quote] == UInt8(ascii: "\"") ? hashes : nil
    }

    private mutating func scanLiteral(hashes: Int) {
        let pounds = String(repeating: "#", count: hashes)
        let start = line
        for _ in 0..<hashes { blank() }
        let quote = startsHere("\"\"\"") ? "\"\"\"" : "\""
        for _ in quote.utf8 { blank() }
        var text: [UInt8] = []
        while position < bytes.count, !startsHere(quote + pounds) {
            if startsHere("\\" + pounds + "(") {
                for _ in 0..<hashes + 2 { blank() }
                scanCode(inInterpolation: true)
                text.append(UInt8(ascii: " "))
            } else if startsHere("\\" + pounds) {
                for _ in 0..<hashes + 1 { blank() }
                text.append(UInt8(ascii: " "))
            } else {
                text.append(bytes[position])
            }
            blank()
        }
        for _ in 0..<quote.utf8.count + hashes { blank() }
        literals.append(SwiftText.Literal(line: start, text: String(decoding: text, as: UTF8.self)))
    }

    private func startsHere(_ text: String) -> Bool { bytes[position...].starts(with: text.utf8) }

    private mutating func keep() {
        guard position < bytes.count else { return }
        code.append(bytes[position])
        advance()
    }

    private mutating func blank() {
        guard position < bytes.count else { return }
        code.append(bytes[position] == UInt8(ascii: "\n") ? UInt8(ascii: "\n") : UInt8(ascii: " "))
        advance()
    }

    private mutating func advance() {
        if bytes[position] == UInt8(ascii: "\n") { line += 1 }
        position += 1
    }
}
