/// No file, folder or type is named after being useful.
enum NameRule {
    private static let forbidden: Set<String> = [
        "util", "utils", "utility", "utilities", "common", "helper", "helpers", "manager", "managers",
    ]

    static func violations(in file: SourceFile) -> [String] {
        let names = file.path.split { "/.+".contains($0) }.map(String.init)
        let types = Pattern.groups(
            of: #"\b(?:struct|class|enum|actor|protocol|typealias)\s+(\w+)"#, in: file.swift.code)
        return (names + types).filter { !forbidden.isDisjoint(with: words(of: $0)) }
            .map { "\(file.path): \($0)" }
    }

    /// `SlotManager` is `slot` and `manager`.
    private static func words(of name: String) -> [String] {
        Pattern.matches(of: "[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+", in: name).map { $0.lowercased() }
    }
}
