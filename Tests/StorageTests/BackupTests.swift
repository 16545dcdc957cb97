import Experiments
import Foundation
import Storage
import TestSupport
import Testing

/// The commands of docs/deployment.md that save a database and bring it back.
@Suite(.needsPostgres)
struct BackupTests {
    @Test func `a restored database holds the same studies and goes on`() async throws {
        try await TestDatabase.withSchema { client in
            let store = PostgresStudyStore(client)
            let study = try await store.create(.sample())
            let epoch = try #require(try await store.control(study.id, epoch: nil, seconds: 60))
            try await store.propose([.sample(0), .sample(1)], to: study.id, epoch: epoch)
            let queue = PostgresTrialQueue(client)
            let worker = try await queue.register(
                WorkerDescription(host: "node1", processIdentifier: 1, slots: 1))
            let claim = try #require(
                try await queue.claim(worker: worker, study: nil, leaseSeconds: 60))
            let accuracy = Measurement("accuracy", 0.1, .deterministic, method: "test")
            try await queue.finish(
                claim.token, with: TrialResult(measurements: [accuracy], computeClass: "test"))
            try await store.append(
                [FrontVersion(version: 1, members: [0], hypervolume: 0.5, cause: 0)], to: study.id,
                epoch: epoch)
            let (trials, versions) = (
                try await store.trials(of: study.id), try await store.frontVersions(of: study.id)
            )

            let file = FileManager.default.temporaryDirectory.path + "/\(client.schema).dump"
            defer { try? FileManager.default.removeItem(atPath: file) }
            let names = ["\(client.schema)", "\(client.schema)_dashboard", "\(client.schema)_optuna"]
            let schemas = names.flatMap { ["-n", $0] }
            try await Self.run("pg_dump", ["-Fc", "-f", file] + schemas + ["\(client.address)"])
            for schema in names {
                try await client.query(Statement("drop_schema", "DROP SCHEMA \(schema) CASCADE"))
            }
            await #expect(throws: StoreError.self) { try await store.studies() }
            try await Self.run("pg_restore", ["--exit-on-error", "-d", "\(client.address)", file])

            #expect(try await Migrator(client, files: TestDatabase.files.get()).status().isCurrent)
            #expect(try await store.studies() == [study])
            #expect(try await store.trials(of: study.id) == trials)
            #expect(try await store.frontVersions(of: study.id) == versions)
            let next = try await queue.claim(worker: worker, study: nil, leaseSeconds: 60)
            #expect(next?.token.trial == 1)
        }
    }

    private static func run(_ program: String, _ arguments: [String]) async throws {
        let folder = FileManager.default.temporaryDirectory.path + "/peftsearch-programs-\(getpid())"
        let process = Process()
        process.executableURL = URL(
            fileURLWithPath: try await EmbeddedPostgres(dataFolder: folder).programs() + "/" + program)
        process.arguments = arguments
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "\(program) \(arguments.joined(separator: " "))")
    }
}
