/// What a person gives us never ends the process: no `fatalError`, no `try!`.
enum TrapRule {
    static func violations(in file: SourceFile) -> [String] {
        file.findings(of: #"\bfatalError\s*\(|\btry!"#)
    }
}
