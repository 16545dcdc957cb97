import Experiments
import Foundation
import Storage
import TestSupport
import Testing

/// The PostgreSQL that the tests share: the one an environment variable names,
/// or a private one, started once and ended with the process.
enum TestDatabase {
    /// Nil when there is none and none is required.
    static let address = Task { () async throws -> DatabaseAddress? in
        let environment = ProcessInfo.processInfo.environment
        if let url = environment["PEFTSEARCH_TEST_DATABASE"] ?? environment["DATABASE_URL"], !url.isEmpty {
            return try DatabaseAddress(url)
        }
        do {
            let folder = FileManager.default.temporaryDirectory.path + "/peftsearch-test-\(getpid())"
            let server = EmbeddedPostgres(dataFolder: folder)
            let address = try await server.start()
            shared.withLock { $0 = server }
            atexit { TestDatabase.shared.withLock { $0?.abandon() } }
            return address
        } catch {
            if environment["PEFTSEARCH_REQUIRE_POSTGRES"] == "1" { throw error }
            return nil
        }
    }

    private static let shared = Locked<EmbeddedPostgres?>(nil)

    /// Whether tests of the database can run; a failure to start a required
    /// one lets them run and fail.
    static func isAvailable() async -> Bool {
        do { return try await address.value != nil } catch { return true }
    }

    static let files = Result { () throws -> MigrationFiles in
        try MigrationFiles(in: MigrationFiles.locate(environment: ProcessInfo.processInfo.environment))
    }

    /// Lends a client of a fresh schema, and drops the schema afterwards.
    static func withSchema(
        migrated: Bool = true, connections: Int = 4, _ body: (PostgresClient) async throws -> Void
    ) async throws {
        let address = try #require(try await address.value)
        let name = "t" + UUID().uuidString.lowercased().replacing("-", with: "").prefix(20)
        let client = PostgresClient(address, schema: try SchemaName(name), connections: connections)
        do {
            if migrated { try await Migrator(client, files: files.get()).migrate() }
            try await body(client)
            try await drop(client)
        } catch {
            try await drop(client)
            throw error
        }
    }

    private static func drop(_ client: PostgresClient) async throws {
        for schema in ["\(client.schema)", "\(client.schema)_dashboard", "\(client.schema)_optuna"] {
            try await client.query(Statement("drop_schema", "DROP SCHEMA IF EXISTS \(schema) CASCADE"))
        }
        await client.close()
    }

    /// Store and queue on a fresh schema.
    static func withStore(
        connections: Int = 4, _ body: (StoreUnderTest) async throws -> Void
    ) async throws {
        try await withSchema(connections: connections) { client in try await body(StoreUnderTest(client)) }
    }
}

extension Trait where Self == ConditionTrait {
    /// Skips where there is no PostgreSQL, unless one is required.
    static var needsPostgres: Self {
        .enabled("needs PostgreSQL: apt-get install postgresql") { await TestDatabase.isAvailable() }
    }
}

extension StoreUnderTest {
    init(_ client: PostgresClient) {
        self.init(store: PostgresStudyStore(client), queue: PostgresTrialQueue(client)) { seconds in
            for statement in Statement.passingTime { try await client.query(statement, [.double(seconds)]) }
        }
    }
}

extension Statement {
    /// Time passes by moving what was stored into the past; `$1` seconds.
    static let passingTime = [
        Statement("age_leases", "UPDATE lease SET expires = expires - make_interval(secs => $1)"),
        Statement("age_work", "UPDATE work SET available_at = available_at - make_interval(secs => $1)"),
        Statement("age_control", "UPDATE controller SET expires = expires - make_interval(secs => $1)"),
        Statement(
            "age_attempts",
            """
            UPDATE attempt SET claimed_at = claimed_at - make_interval(secs => $1),
                               ended_at = ended_at - make_interval(secs => $1)
            """
        ),
    ]
}

/// A value behind a lock.
final class Locked<Value>: @unchecked Sendable {
    // Unchecked: the value is only touched while the lock is held.
    private var value: Value
    private let lock = NSLock()

    init(_ value: Value) { self.value = value }

    func withLock<Result>(_ body: (inout Value) -> Result) -> Result {
        lock.withLock { body(&value) }
    }
}
