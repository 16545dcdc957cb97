import Experiments
import Foundation
import Storage
import TestSupport
import Testing

/// Databases as earlier releases left them, in the middle of a study: they are
/// brought up to date with nothing lost, under the workers' feet.
///
/// A dump is made once, before the schema goes on: a study that was killed, one
/// attempt running, `pg_dump --inserts --no-owner --no-privileges -n peftsearch
/// -n dashboard`.
@Suite(.needsPostgres)
struct StoredVersionTests {
    /// Versions of the schema of which a dump is kept.
    static let versions = [10]

    @Test(arguments: versions)
    func `a study goes on after the migration, and so does what was running`(_ version: Int) async throws {
        try await withDump(of: version) { client in
            let migrator = Migrator(client, files: try TestDatabase.files.get())
            #expect(try await migrator.status().applied == version)
            try await migrator.migrate()
            #expect(try await migrator.status().isCurrent)

            let store = PostgresStudyStore(client)
            let stored = try #require(try await store.study(named: "rings"))
            #expect(stored.study.identityHash == stored.hash)
            let before = try await store.trials(of: stored.id)
            #expect(before.count { $0.state == .done } == 4)
            #expect(before.first?.measurements.contains { $0.name == "accuracy" } == true)
            #expect(try await store.frontVersions(of: stored.id).isEmpty == false)

            let running = try #require(before.first { $0.state == .running })
            let token = WorkToken(
                study: stored.id, trial: running.number, rung: 0, purpose: .train, attempt: 1)
            let queue = PostgresTrialQueue(client)
            try await queue.renew(token, leaseSeconds: 60, reports: [])
            let accuracy = Measurement("accuracy", 0.75, .deterministic, method: "test")
            try await queue.finish(
                token, with: TrialResult(measurements: [accuracy], computeClass: "test"))
            let after = try await store.trials(of: stored.id)
            #expect(after[running.number].state == .done)
            #expect(after.count == before.count)
        }
    }

    /// What a process of the version before calls keeps its meaning, so that
    /// workers need not be stopped for a migration.
    @Test(arguments: versions)
    func `a worker of the older release finishes what it holds and claims more`(
        _ version: Int
    ) async throws {
        try await withDump(of: version) { client in
            try await Migrator(client, files: TestDatabase.files.get()).migrate()
            for (sql, count) in Self.calls {
                #expect(try await client.query(Statement("older_release", sql)).count == count, "\(sql)")
            }
        }
    }

    /// As version 10 wrote them, with what they return in rows.
    private static let calls = [
        ("SELECT renew_and_report(1, 4, 0, 'train', 1, 60.0, '[]')", 1),
        (
            """
            SELECT finish(1, 4, 0, 'train', 1,
                '[{"name":"accuracy","value":0.75,"kind":"deterministic","method":"test"}]', 'test', null, '[]')
            """, 1
        ),
        (
            """
            SELECT study_id, trial_number, rung, purpose, attempt, resolved, budget, seed, configuration, artifact,
                   parent_configuration, parent_artifact
            FROM claim(repeat('ab', 16), null, 60.0, '6ba7b811-9dad-11d1-80b4-00c04fd430c8', '[]')
            """, 1
        ),
        ("SELECT give_back(1, 5, 0, 'train', 1)", 1),
    ]

    /// Lends a database of its own that holds the dump.
    private func withDump(of version: Int, _ body: (PostgresClient) async throws -> Void) async throws {
        let path = (#filePath as NSString).deletingLastPathComponent + "/Dumps/version-\(version).sql"
        let dump = try String(contentsOfFile: path, encoding: .utf8)
        let address = try #require(try await TestDatabase.address.value)
        let owner = PostgresClient(address)
        let name = "dump_" + UUID().uuidString.lowercased().replacing("-", with: "").prefix(16)
        try await owner.query(Statement("create_database", "CREATE DATABASE \(name)"))
        let client = PostgresClient(
            try DatabaseAddress("\(address)".replacing("/postgres?", with: "/\(name)?")))
        let result: Result<Void, any Error>
        do {
            try await client.withConnection { try await $0.run(script: Statement("restore", dump)) }
            // The dump empties the search path of its session.
            await client.close()
            result = .success(try await body(client))
        } catch {
            result = .failure(error)
        }
        await client.close()
        try await owner.query(Statement("drop_database", "DROP DATABASE \(name) WITH (FORCE)"))
        await owner.close()
        try result.get()
    }
}
