import Foundation

/// Links of the documents lead somewhere, and the files they speak of exist.
enum LinkRule {
    /// - Parameters:
    ///   - path: of the document, from the root.
    ///   - exists: whether a path from the root does.
    static func violations(path: String, text: String, exists: (String) -> Bool) -> [String] {
        let folder = path.split(separator: "/").dropLast().joined(separator: "/")
        let links = Pattern.groups(of: #"\]\(([^)#\s]+)"#, in: text).filter { !$0.contains("://") }
            .map { folder.isEmpty ? $0 : "\(folder)/\($0)" }
        let named = Pattern.groups(
            of: #"`((?:Sources|Tests|docs|tools|migrations|examples|Benchmarks)/[^`\s{}*]+)`"#, in: text)
        return (links + named).filter { !exists($0) }.map { "\(path): \($0)" }
    }

    /// Pages named in a source's comments.
    static func violations(in file: SourceFile, exists: (String) -> Bool) -> [String] {
        let text = file.lines.joined(separator: "\n")
        return Pattern.groups(of: #"\b(docs/[\w/.-]+\.md)\b"#, in: text).filter { !exists($0) }
            .map { "\(file.path): \($0)" }
    }
}
