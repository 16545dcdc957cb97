/// SQL stands in `Sources/Storage/Queries` and `migrations` alone.
///
/// A string literal counts as SQL when it holds a statement's verb with what
/// must follow it, in any case, or an upper-case verb that no sentence of ours
/// would shout.
enum SQLRule {
    private static let statements = [
        #"(?i)\bselect\b[^"]*\bfrom\b"#, #"(?i)\binsert\s+into\b"#, #"(?i)\bupdate\s+\S+\s+set\s+\S+\s*="#,
        #"(?i)\bdelete\s+from\b"#, #"(?i)\bwith\s+\w+\s+as\s*\("#,
        #"(?i)\b(?:create|drop|alter)\s+(?:or\s+replace\s+)?(?:table|schema|function|index|view|role|type|database)\b"#,
        #"\b(?:SELECT|INSERT|UPDATE|DELETE|TRUNCATE|ALTER|GRANT|REVOKE|ROLLBACK|SAVEPOINT|LISTEN|NOTIFY)\b"#,
        #"^\s*(?:BEGIN|COMMIT|SET|WITH|CALL|COPY)\b"#,
    ]

    static func violations(in file: SourceFile) -> [String] {
        if file.path.hasPrefix("Sources/Storage/Queries/") { return [] }
        return file.swift.literals.flatMap { literal in
            statements.filter { !Pattern.matches(of: $0, in: literal.text).isEmpty }.prefix(1)
                .map { _ in "\(file.path):\(literal.line): \(literal.text.prefix(60))" }
        }
    }
}
