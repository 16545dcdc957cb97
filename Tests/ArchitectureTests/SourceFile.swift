import Foundation

/// A Swift file of the package, as the rules see it.
struct SourceFile {
    /// From the package root: `Sources/Search/Pareto/Dominance.swift`.
    let path: String
    let lines: [Substring]
    let swift: SwiftText

    init(path: String, text: String) {
        self.path = path
        lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        swift = SwiftText(text)
    }

    var codeLines: [Substring] { swift.code.split(separator: "\n", omittingEmptySubsequences: false) }

    /// The second folder of the path.
    var target: String {
        let parts = path.split(separator: "/")
        return parts.count > 1 ? String(parts[1]) : ""
    }

    /// Each place in the code (never in a comment or literal) where `pattern`
    /// is found, as `path:line: what was found`.
    func findings(of pattern: String, in code: String? = nil) -> [String] {
        let code = code ?? swift.code
        return Pattern.matches(of: pattern, in: code).map { match in
            let line = code[..<match.startIndex].count { $0 == "\n" } + 1
            return "\(path):\(line): \(match.trimmingCharacters(in: .whitespacesAndNewlines))"
        }
    }
}

/// Regular expressions of ICU, which know what stands before a match.
enum Pattern {
    static func matches(of pattern: String, in text: String) -> [Substring] {
        guard let expression = try? NSRegularExpression(pattern: pattern, options: [.anchorsMatchLines])
        else {
            preconditionFailure("not a regular expression: \(pattern)")
        }
        let whole = NSRange(text.startIndex..., in: text)
        return expression.matches(in: text, range: whole).compactMap { match in
            Range(match.range, in: text).map { text[$0] }
        }
    }

    /// The text of the first group of every match.
    static func groups(of pattern: String, in text: String) -> [String] {
        guard let expression = try? NSRegularExpression(pattern: pattern, options: [.anchorsMatchLines])
        else {
            preconditionFailure("not a regular expression: \(pattern)")
        }
        let whole = NSRange(text.startIndex..., in: text)
        return expression.matches(in: text, range: whole).compactMap { match in
            Range(match.range(at: 1), in: text).map { String(text[$0]) }
        }
    }
}
