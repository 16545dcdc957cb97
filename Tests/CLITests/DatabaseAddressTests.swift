import Testing

struct DatabaseAddressTests {
    @Test func `an address that cannot be read is refused without being shown`() async throws {
        let ending = try await Program(folder: "/").run(
            ["study", "list", "--database", "postgresql://owner:hunter2@host:port:1/x"])
        #expect(ending.status == 65)
        #expect(ending.error.hasPrefix("error: database address: cannot be read: "))
        #expect(ending.error.contains("\n  try: postgresql://user@host:5432/database"))
        #expect(!ending.error.contains("hunter2"))
    }

    @Test(arguments: [["--database", "URL"], []])
    func `a host that does not answer ends with status 69, and no password is shown`(
        arguments: [String]
    ) async throws {
        let url = "postgresql://owner:hunter2@127.0.0.1:1/x?connect_timeout=1"
        let program = Program(folder: "/", environment: arguments.isEmpty ? ["DATABASE_URL": url] : [:])
        let ending = try await program.run(["database", "status"] + arguments.map { $0 == "URL" ? url : $0 })
        #expect(ending.status == 69)
        #expect(ending.output == "")
        #expect(
            ending.error.hasPrefix(
                "error: the database cannot be reached: cannot connect to postgresql://owner@"))
        #expect(ending.error.contains("Connection refused"))
        #expect(ending.error.hasSuffix("\n  try: peftsearch database status\n"))
        #expect(!ending.error.contains("hunter2"))
    }
}
