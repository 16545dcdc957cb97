import Foundation
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

    @Test(.needsPostgres) func `a database that is not there ends with status 69`() async throws {
        try await Workplace.use { place in
            let url = try await Self.url(of: place, user: "owner", database: "nowhere")
            try await Self.checkDenial(
                place, ["study", "list", "--database", url], #"database "nowhere" does not exist"#)
        }
    }

    @Test(.needsPostgres) func `a wrong password ends with status 69`() async throws {
        try await Workplace.use(ownDatabase: true) { place in
            _ = try await place.output("database", "start")
            _ = try await place.output("database", "stop")
            // PostgreSQL asks for the password also of a role that does not exist.
            let rules = try #require(
                FileHandle(forWritingAtPath: place.dataFolder + "/pgdata/pg_hba.conf"))
            try rules.seekToEnd()
            try rules.write(contentsOf: Data("local all stranger scram-sha-256\n".utf8))
            try rules.close()
            let url = try await Self.url(of: place, user: "stranger:hunter2", database: "postgres")
            try ScriptedStudy.write(to: place, name: "denied", trials: 1)
            for command in [["study", "list"], ["run", "study.yaml"], ["worker"]] {
                try await Self.checkDenial(
                    place, command + ["--database", url],
                    #"password authentication failed for user "stranger""#)
            }
        }
    }

    /// A URL of the workplace's server with another user or database.
    private static func url(of place: Workplace, user: String, database: String) async throws -> String {
        let address = try await place.output("database", "start")
        return address.trimmingCharacters(in: .newlines)
            .replacing("owner@/postgres?", with: "\(user)@/\(database)?")
    }

    private static func checkDenial(
        _ place: Workplace, _ arguments: [String], _ reason: String
    ) async throws {
        let ending = try await place.program.run(arguments)
        #expect(ending.status == 69)
        #expect(ending.output == "")
        #expect(
            ending.error.contains(
                "error: the database does not let us in: cannot connect to postgresql://"),
            "\(ending.error)")
        #expect(ending.error.contains(reason), "\(ending.error)")
        let advice =
            "\n  try: --database, DATABASE_URL or the PG* variables with another user, password or database\n"
        #expect(ending.error.hasSuffix(advice), "\(ending.error)")
        #expect(!ending.error.contains("hunter2"))
    }
}
