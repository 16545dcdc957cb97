import Testing

/// Each rule, shown to be able to fail.
@Suite struct RuleTests {
    func file(_ text: String, at path: String = "Sources/Search/Sample.swift") -> SourceFile {
        SourceFile(path: path, text: text)
    }

    @Test func `literals and comments are not code`() {
        let text = SwiftText(
            """
            let a = "one \\(f("inner")) two" // try!
            /* outer /* inner */ still */ let b = #"raw " \\(no) \\#(yes)"#
            """)
        #expect(!text.code.contains("try!") && !text.code.contains("still") && !text.code.contains("one"))
        #expect(text.code.contains("f(") && text.code.contains("let b") && text.code.contains("yes"))
        #expect(text.literals.map(\.text) == ["inner", "one   two", "raw \" \\(no)  "])
        #expect(text.literals.map(\.line) == [1, 1, 2])
    }

    @Test func `a multiline literal keeps its lines, an escaped quote does not end one`() {
        let text = SwiftText("let a = \"\"\"\n  SELECT \"x\"\n  \"\"\"\nlet b = \"q\\\"try!\"\nlet c = 1")
        #expect(text.literals.map(\.line) == [1, 4])
        #expect(text.literals[0].text == "\n  SELECT \"x\"\n  ")
        #expect(text.code.split(separator: "\n").count == 5 && text.code.hasSuffix("let c = 1"))
        #expect(!text.code.contains("try!"))
    }

    @Test(arguments: [
        "import Storage", "public import PEFT", "@preconcurrency import Crypto",
        "import struct Workers.Worker",
        "  package import COpenBLAS", "import Subprocess", "import Yams",
    ])
    func `an import beyond the row is found`(line: String) {
        #expect(ImportRule.violations(in: file("import Experiments\n\(line)\n")).count == 1)
        #expect(ImportRule.violations(in: file("// \(line)\n")) == [])
    }

    @Test func `a target without a row is found`() {
        #expect(ImportRule.violations(in: file("", at: "Sources/Other/File.swift")).count == 1)
    }

    @Test(arguments: [
        "SELECT 1", "select number from trial", "insert  into trial values (1)",
        "UPDATE trial SET state = 'x'",
        "\\n  delete from trial", "CREATE OR REPLACE FUNCTION f()", "drop table trial", "COMMIT",
        "with x as (values (1)) table x", "LISTEN changes", "SET search_path TO x",
    ])
    func `SQL in a literal is found`(statement: String) {
        let source = "let text = \"\(statement)\"\n"
        #expect(SQLRule.violations(in: file(source)).count == 1)
        #expect(
            SQLRule.violations(in: file(source, at: "Sources/Storage/PostgresTrialQueue.swift")).count == 1)
        #expect(SQLRule.violations(in: file(source, at: "Sources/Storage/Queries/Statement+X.swift")) == [])
    }

    @Test(arguments: ["select one of these", "the update is set", "set up", "select", "created from it"])
    func `English is not SQL`(text: String) {
        #expect(SQLRule.violations(in: file("let text = \"\(text)\" // SELECT 1 FROM x\n")) == [])
    }

    @Test(arguments: [
        "let p: UnsafePointer<Int>", "withUnsafeBytes(of: x) { _ in }", "let p: OpaquePointer?",
        "unsafeBitCast(a, to: B.self)", "nonisolated(unsafe) var a = 1",
        "Array(unsafeUninitializedCapacity: 1)",
        "UnsafeMutableRawPointer.allocate(byteCount: 1, alignment: 1)",
    ])
    func `a pointer outside its places is found`(line: String) {
        for path in ["Sources/PEFT/A.swift", "Sources/Storage/Postgres/PostgresRow.swift"] {
            #expect(!UnsafeRule.violations(in: file(line, at: path)).isEmpty)
        }
        for path in ["Sources/LinearAlgebra/A.swift", "Sources/Storage/Postgres/PostgresResult.swift"] {
            #expect(UnsafeRule.violations(in: file(line, at: path)) == [])
        }
    }

    @Test func `a C structure passed by reference is no pointer`() {
        #expect(UnsafeRule.violations(in: file("var time = timespec()\nclock_gettime(clock, &time)")) == [])
    }

    @Test func `a deliberate end of the process is found`() {
        #expect(
            TrapRule.violations(in: file("fatalError(\"no\")\n")) == [
                "Sources/Search/Sample.swift:1: fatalError("
            ])
        #expect(
            TrapRule.violations(in: file("\nlet a = try! f()\n")) == ["Sources/Search/Sample.swift:2: try!"])
        #expect(TrapRule.violations(in: file("// try!\nlet a = \"fatalError(\"; try? f()")) == [])
    }

    @Test func `a name that says nothing is found in files, folders and types`() {
        #expect(NameRule.violations(in: file("", at: "Sources/CLI/Utils.swift")).count == 1)
        #expect(NameRule.violations(in: file("", at: "Sources/CLI/Common/A.swift")).count == 1)
        #expect(NameRule.violations(in: file("", at: "Tests/X/Trial+Helpers.swift")).count == 1)
        #expect(NameRule.violations(in: file("final class TrialManager {}")).count == 1)
        #expect(NameRule.violations(in: file("struct Commonality {}\nlet a = FileManager.default")) == [])
    }

    @Test(arguments: [
        "let a = Date()", "let a = Date.now", "let a: Date = .now", "let clock = ContinuousClock()",
        "let start = ContinuousClock.now", "var clock: any Clock<Duration> = ContinuousClock()\n",
        "clock_gettime(CLOCK_MONOTONIC, &time)", "var generator = SystemRandomNumberGenerator()",
        "let a = Int.random(in: 0..<3)", "let a = Double.random(in: f(0)...g(1))",
        "let a = list.randomElement()",
        "list.shuffle()", "let a = UUID().uuidString",
    ])
    func `a current time or a system random number is found`(line: String) {
        for target in DeterminismRule.targets.sorted() {
            #expect(!DeterminismRule.violations(in: file(line, at: "Sources/\(target)/A.swift")).isEmpty)
        }
        #expect(DeterminismRule.violations(in: file(line, at: "Sources/Workers/A.swift")) == [])
    }

    @Test(arguments: [
        "init(clock: any Clock<Duration> = ContinuousClock(), b: Int) {}", "let start = clock.now",
        "let a = Int.random(in: 0..<3, using: &generator)",
        "let a = Int.random(in: f(0)...1, using: &generator)",
        "let a = generator.shuffled(list)", "list.randomElement(using: &generator)",
        "let a = Date(timeIntervalSince1970: 0)",
    ])
    func `a clock or generator that comes as an argument is allowed`(line: String) {
        #expect(DeterminismRule.violations(in: file(line)) == [])
    }

    @Test func `an unchecked Sendable without a comment is found`() {
        #expect(
            SendableRule.violations(in: file("let a = 1\nfinal class A: @unchecked Sendable {}")).count == 1)
        #expect(SendableRule.violations(in: file("final class A: @unchecked Sendable {}")).count == 1)
        let commented = "/// Because.\n@frozen\nfinal class A: @unchecked Sendable {}"
        #expect(SendableRule.violations(in: file(commented)) == [])
    }

    @Test func `a file of 401 lines is found`() {
        #expect(LengthRule.violations(in: file(String(repeating: "\n", count: 401))).count == 1)
        #expect(LengthRule.violations(in: file(String(repeating: "\n", count: 400))) == [])
    }

    @Test func `a link to nothing is found`() {
        let exists: (String) -> Bool = {
            ["docs/a.md", "docs/decisions/b.md", "Sources/A.swift"].contains($0)
        }
        let good = "[a](a.md#part) [b](decisions/b.md) [web](https://example.org/x) `Sources/A.swift`"
        #expect(LinkRule.violations(path: "docs/README.md", text: good, exists: exists) == [])
        let bad = "[a](b.md) `Sources/B.swift`"
        #expect(
            LinkRule.violations(path: "docs/README.md", text: bad, exists: exists)
                == ["docs/README.md: docs/b.md", "docs/README.md: Sources/B.swift"])
        #expect(LinkRule.violations(in: file("/// See docs/none.md.\n"), exists: exists).count == 1)
    }
}
