/// Where the compiler is told to trust us, a comment says why it may.
enum SendableRule {
    static func violations(in file: SourceFile) -> [String] {
        file.codeLines.enumerated().filter { $0.element.contains("@unchecked Sendable") }
            .filter { !isCommented(before: $0.offset, in: file) }
            .map { "\(file.path):\($0.offset + 1): \($0.element)" }
    }

    private static func isCommented(before index: Int, in file: SourceFile) -> Bool {
        let above = file.lines[..<index].reversed().lazy.map { $0.drop { $0 == " " } }
        return above.first { !$0.hasPrefix("@") }?.hasPrefix("//") ?? false
    }
}
