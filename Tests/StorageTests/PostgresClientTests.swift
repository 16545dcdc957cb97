import Experiments
import Foundation
import Storage
import TestSupport
import Testing

@Suite(.needsPostgres)
struct PostgresClientTests {
    @Test func `a parameter is data, whatever it holds`() async throws {
        try await TestDatabase.withSchema(migrated: false) { client in
            let text = "'; DROP TABLE x; -- \" \\ \n é 🜛 $1"
            let rows = try await client.query(
                Statement("echo", "SELECT $1::text AS text, $2::text AS missing, $3::float8 AS number"),
                [.text(text), .null, .double(0.1 + 0.2)])
            #expect(try rows.first?.text("text") == text)
            #expect(try rows.first?.optionalText("missing") == nil)
            #expect(try rows.first?.double("number") == 0.1 + 0.2)
        }
    }

    @Test func `a text that PostgreSQL would cut short is refused`() async throws {
        try await TestDatabase.withSchema(migrated: false) { client in
            await #expect(throws: StoreError.self) {
                try await client.query(Statement("echo", "SELECT $1::text"), [.text("a\0b")])
            }
        }
    }

    @Test func `an error names the statement and quotes no value`() async throws {
        try await TestDatabase.withSchema { client in
            for (statement, value) in [
                (Statement("cast", "SELECT $1::text::integer"), "s3cret"),
                (
                    Statement(
                        "insert",
                        "INSERT INTO study (name, hash, resolved, budget) VALUES ($1, '', '{}', 1)"),
                    "s3cret"
                ),
            ] {
                let error = await #expect(throws: StoreError.self) {
                    try await client.query(statement, [.text(value)])
                }
                guard case .refused(let reason) = error else {
                    throw StoreError.refused("\(String(describing: error))")
                }
                #expect(reason.contains(statement.name) && !reason.contains("s3cret"), "\(reason)")
            }
        }
    }

    @Test func `nobody at the address is unreachable, with no password in the text`() async throws {
        let address = try DatabaseAddress("postgresql://ann:s3cret@127.0.0.1:1/x")
        let client = PostgresClient(address, limits: RetryLimits(total: .zero))
        let error = await #expect(throws: StoreError.self) { try await PostgresStudyStore(client).studies() }
        guard case .unreachable(let reason) = error else {
            throw StoreError.refused("\(String(describing: error))")
        }
        #expect(reason.contains("127.0.0.1") && !reason.contains("s3cret"), "\(reason)")
    }

    @Test func `a role or database that does not exist is denied, not tried again`() async throws {
        let address = try #require(try await TestDatabase.address.value)
        let base = address.description
        let other = try DatabaseAddress(
            base.replacing(/\/[a-z]+\?/, with: "/no_such_database?", maxReplacements: 1))
        let client = PostgresClient(other, clock: FailingClock())
        let error = await #expect(throws: StoreError.self) { try await PostgresStudyStore(client).studies() }
        guard case .denied(let reason) = error else {
            throw StoreError.refused("\(String(describing: error))")
        }
        #expect(reason.contains("no_such_database"), "\(reason)")
    }

    @Test func `a session that the server ended is replaced`() async throws {
        try await TestDatabase.withSchema(connections: 1) { client in
            let session = try await client.query(Statement("session", "SELECT pg_backend_pid() AS id"))
            try await TestDatabase.withSchema(migrated: false) { other in
                try await other.query(
                    Statement("end_session", "SELECT pg_terminate_backend($1)"),
                    [.integer(try session.first?.integer("id"))])
            }
            #expect(try await PostgresStudyStore(client).studies().isEmpty)
        }
    }

    @Test func `a server that stops answering is given up at the deadline`() async throws {
        try await TestDatabase.withSchema(migrated: false) { client in
            try await client.withConnection { connection in
                let start = ContinuousClock.now
                await #expect(throws: StoreError.self) {
                    try await connection.query(Statement("hang", "SELECT pg_sleep(20)"), within: 0.2)
                }
                #expect(ContinuousClock.now - start < .seconds(5))
                try await connection.open()
                #expect(try await connection.query(Statement("one", "SELECT 1 AS one")).count == 1)
            }
        }
    }

    @Test func `a large answer and a large parameter pass`() async throws {
        try await TestDatabase.withSchema(migrated: false) { client in
            let text = String(repeating: "é", count: 4_000_000)
            let rows = try await client.query(Statement("echo", "SELECT $1::text AS text"), [.text(text)])
            #expect(try rows.first?.text("text") == text)
        }
    }

    @Test func `waits between tries are random, doubled and bounded`() {
        let limits = RetryLimits()
        var generator: any RandomNumberGenerator = SeededGenerator(seed: 1)
        for failures in 1...60 {
            let ceiling = min(Duration.seconds(2), .milliseconds(50) * (1 << min(failures - 1, 20)))
            let delays = (0..<50).map { _ in limits.delay(after: failures, using: &generator) }
            #expect(delays.allSatisfy { $0 >= .zero && $0 <= ceiling })
            #expect((delays.max() ?? .zero) > ceiling / 2)
        }
    }
}

/// Fails whoever waits for it.
private struct FailingClock: Clock {
    struct Waited: Error {}
    var now: ContinuousClock.Instant { ContinuousClock.now }
    var minimumResolution: Duration { .nanoseconds(1) }
    func sleep(until deadline: ContinuousClock.Instant, tolerance: Duration?) async throws { throw Waited() }
}
