import Experiments
import Foundation
import Storage
import TestSupport
import Testing

@Suite(.needsPostgres)
struct EmbeddedPostgresTests {
    @Test func `starting twice gives the same running server`() async throws {
        try await withServer("plain") { server, _ in
            #expect(try await server.status() == nil)
            let address = try await server.start()
            #expect(try await server.start() == address)
            #expect(try await server.status() == address)
            let rows = try await PostgresClient(address).query(
                Statement(
                    "settings",
                    """
                    SELECT current_setting('data_checksums') || current_setting('fsync')
                        || current_setting('listen_addresses')
                        || current_setting('max_connections') AS settings
                    """))
            #expect(try rows.first?.text("settings") == "onon300")
            try await server.stop()
            try await server.stop()
            #expect(try await server.status() == nil)
        }
    }

    @Test func `a server whose socket was deleted is started again`() async throws {
        try await withServer("socket") { server, folder in
            let address = try await server.start()
            try FileManager.default.removeItem(atPath: "\(folder)/s/.s.PGSQL.5432")
            #expect(try await server.status() == nil)
            #expect(try await server.start() == address)
            #expect(try await server.status() == address)
        }
    }

    @Test func `five starts at once give one server`() async throws {
        try await withServer("concurrent") { server, _ in
            let addresses = try await withThrowingTaskGroup(of: DatabaseAddress.self) { group in
                for _ in 0..<5 { group.addTask { try await server.start() } }
                return try await group.reduce(into: Set()) { $0.insert($1) }
            }
            #expect(addresses.count == 1)
        }
    }

    @Test func `a long path with blanks and quotes works`() async throws {
        let name = "it's a folder, long " + String(repeating: "x", count: 120)
        try await withServer(name) { server, _ in
            let address = try await server.start()
            #expect(try await PostgresClient(address).query(Statement("one", "SELECT 1")).count == 1)
        }
    }

    @Test func `a path that a shell would expand is refused`() async throws {
        for name in ["$(touch x)", "a\"b", "a`b`", "a\\b", "a\nb"] {
            let server = EmbeddedPostgres(
                dataFolder: FileManager.default.temporaryDirectory.path + "/" + name)
            await #expect(throws: InputError.self) { try await server.start() }
        }
    }

    @Test func `a cluster of another version is refused and left alone`() async throws {
        try await withServer("version") { server, folder in
            let data = folder + "/pgdata"
            try FileManager.default.createDirectory(atPath: data, withIntermediateDirectories: true)
            try FileManager.default.setAttributes([.posixPermissions: 0o711], ofItemAtPath: folder)
            try "9\n".write(toFile: data + "/PG_VERSION", atomically: false, encoding: .utf8)
            let error = await #expect(throws: InputError.self) { try await server.start() }
            #expect(error?.reason.contains("made by version 9") == true)
            #expect(error?.suggestion?.contains("postgresql-9") == true)
            #expect(try FileManager.default.contentsOfDirectory(atPath: data) == ["PG_VERSION"])
        }
    }

    @Test func `a folder that holds something else is refused and left alone`() async throws {
        try await withServer("foreign") { server, folder in
            let data = folder + "/pgdata"
            try FileManager.default.createDirectory(atPath: data, withIntermediateDirectories: true)
            try FileManager.default.setAttributes([.posixPermissions: 0o711], ofItemAtPath: folder)
            try "mine".write(toFile: data + "/thesis.tex", atomically: false, encoding: .utf8)
            if geteuid() == 0 { #expect(chown(data, 65534, 65534) == 0) }
            let error = await #expect(throws: InputError.self) { try await server.start() }
            #expect(error != nil)
            #expect(try FileManager.default.contentsOfDirectory(atPath: data) == ["thesis.tex"])
        }
    }

    @Test(arguments: [true, false])
    func `what was committed outlives a crash, and the same store goes on`(isKilled: Bool) async throws {
        try await withServer("crash-\(isKilled)") { server, _ in
            let client = PostgresClient(try await server.start())
            try await Migrator(client, files: TestDatabase.files.get()).migrate()
            let subject = StoreUnderTest(client)
            let (study, epoch) = try await subject.studyWithTrials(3)
            let worker = try await subject.newWorker()
            try await subject.queue.finish(subject.claim(as: worker).token, with: .sample)
            let token = try await subject.claim(as: worker).token
            let before = try await subject.store.trials(of: study.id)

            if isKilled { try server.killPostmaster() } else { try await server.crash() }
            // Asked for while nobody answers; succeeds once the server is back.
            async let after = subject.store.trials(of: study.id)
            _ = try await server.start()
            #expect(try await after == before)
            // The outage cost the running trial nothing: its lease lasts once more.
            #expect(try await subject.store.expireLeases() == 0)
            try await subject.queue.finish(token, with: .sample)
            #expect(try await subject.store.control(study.id, epoch: epoch, seconds: 60) == epoch)
            #expect(try await subject.store.progress(of: study.id).trials == [.done: 2, .ready: 1])
        }
    }

    @Test func `a lease that ran out during an outage lasts once more`() async throws {
        try await withServer("grace") { server, _ in
            let client = PostgresClient(try await server.start())
            try await Migrator(client, files: TestDatabase.files.get()).migrate()
            let subject = StoreUnderTest(client)
            _ = try await subject.studyWithTrials(1)
            let token = try await subject.claim(as: subject.newWorker(), leaseSeconds: 600).token
            try await server.crash()
            _ = try await server.start()
            try await subject.advance(3000)
            #expect(try await subject.store.expireLeases() == 0)
            try await subject.queue.finish(token, with: .sample)
        }
    }

    /// Lends a server of its own in a folder of this name, which may not
    /// exist yet, and removes both afterwards.
    private func withServer(
        _ name: String, _ body: (EmbeddedPostgres, String) async throws -> Void
    ) async throws {
        let parent = FileManager.default.temporaryDirectory.path + "/pg-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(
            atPath: parent, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o711])
        let folder = parent + "/" + name
        let server = EmbeddedPostgres(dataFolder: folder)
        defer {
            server.abandon()
            try? FileManager.default.removeItem(atPath: parent)
        }
        try await body(server, folder)
    }
}
