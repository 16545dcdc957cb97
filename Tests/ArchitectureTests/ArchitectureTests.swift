import Testing

/// The rules over this checkout.
@Suite struct ArchitectureTests {
    let sources: [SourceFile]
    let tests: [SourceFile]

    init() throws {
        sources = try SourceTree.swiftFiles(under: "Sources")
        tests = try SourceTree.swiftFiles(under: "Tests")
        try #require(
            sources.count > 100 && tests.count > 10, "the checkout was not found at \(SourceTree.root)")
    }

    @Test func `a target imports what its row allows`() {
        #expect(sources.flatMap(ImportRule.violations(in:)) == [])
    }

    @Test func `every target of the table is there`() {
        #expect(Set(sources.map(\.target)) == Set(ImportRule.allowed.keys))
    }

    @Test func `SQL stands in Storage's queries and the migrations alone`() {
        #expect(sources.flatMap(SQLRule.violations(in:)) == [])
    }

    @Test func `pointers stay in LinearAlgebra and libpq's two files`() {
        #expect(sources.flatMap(UnsafeRule.violations(in:)) == [])
    }

    @Test func `nothing ends the process on purpose`() {
        #expect(sources.flatMap(TrapRule.violations(in:)) == [])
    }

    @Test func `names say what a thing is`() {
        #expect((sources + tests).flatMap(NameRule.violations(in:)) == [])
    }

    @Test func `decisions and numerics ask no clock and no system random numbers`() {
        #expect(sources.flatMap(DeterminismRule.violations(in:)) == [])
    }

    @Test func `every unchecked Sendable has a comment before it`() {
        #expect((sources + tests).flatMap(SendableRule.violations(in:)) == [])
    }

    @Test func `no Swift file has more than 400 lines`() {
        #expect((sources + tests).flatMap(LengthRule.violations(in:)) == [])
    }

    @Test func `links of the documents lead somewhere`() throws {
        let pages =
            SourceTree.paths(under: "docs").filter { $0.hasSuffix(".md") }
            + ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"].filter(SourceTree.exists)
        try #require(pages.count > 1)
        let broken = try pages.flatMap {
            LinkRule.violations(path: $0, text: try SourceTree.text($0), exists: SourceTree.exists)
        }
        #expect(broken == [])
        #expect(sources.flatMap { LinkRule.violations(in: $0, exists: SourceTree.exists) } == [])
    }
}
