/// Which modules each target may import: the arrows of `docs/architecture.md`
/// and one owner for each package and C library.
enum ImportRule {
    static let allowed: [String: Set<String>] = [
        "Experiments": ["Crypto", "Foundation"],
        "LinearAlgebra": ["COneDNN", "COpenBLAS", "CVectorKernels", "Foundation"],
        "PEFT": ["Experiments", "LinearAlgebra", "Foundation"],
        "Search": ["Experiments", "LinearAlgebra", "Foundation"],
        "Workers": ["Experiments", "PEFT", "Subprocess", "Foundation", "Glibc", "Synchronization"],
        "Storage": [
            "Experiments", "CLibPQ", "Subprocess", "Foundation", "Glibc", "Dispatch", "Synchronization",
        ],
        "Metrics": ["NIOCore", "NIOHTTP1", "NIOPosix", "Synchronization"],
        "CLI": [
            "Experiments", "PEFT", "Search", "Workers", "Storage", "Metrics", "ArgumentParser", "Logging",
            "Subprocess", "Yams", "Foundation",
            "Glibc", "Dispatch", "Synchronization",
        ],
    ]

    static func violations(in file: SourceFile) -> [String] {
        guard let allowed = allowed[file.target] else {
            return ["\(file.path): no row for the target \(file.target)"]
        }
        let statement =
            #"^\s*(?:@\w+(?:\([^)]*\))?\s+)*(?:(?:public|package|internal|fileprivate|private)\s+)?"#
            + #"import\s+(?:(?:struct|class|enum|protocol|func|var|let|typealias)\s+)?(\w+)"#
        return Pattern.groups(of: statement, in: file.swift.code).filter { !allowed.contains($0) }
            .map { "\(file.path): imports \($0)" }
    }
}
