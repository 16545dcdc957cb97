/// Pointers stay where C libraries are called: in LinearAlgebra, and in the two
/// files of Storage that hold a libpq connection and its result.
///
/// A C structure filled by `&` (`clock_gettime(clock, &time)`) is no pointer of
/// ours and allowed anywhere.
enum UnsafeRule {
    static let allowed = [
        "Sources/LinearAlgebra/", "Sources/Storage/Postgres/PostgresConnection.swift",
        "Sources/Storage/Postgres/PostgresResult.swift",
    ]

    static func violations(in file: SourceFile) -> [String] {
        if allowed.contains(where: file.path.hasPrefix) { return [] }
        return file.findings(
            of: #"\b(?:Unsafe\w+|OpaquePointer|Unmanaged|withUnsafe\w*|unsafeBitCast|unsafeDowncast"#
                + #"|unsafeUninitialized\w*|bindMemory|assumingMemoryBound|malloc|calloc)\b|nonisolated\(unsafe\)"#
        )
    }
}
