import Experiments
import Foundation
import Storage
import TestSupport
import Testing

/// The set-up that docs/deployment.md describes: TLS with a verified name,
/// SCRAM bound to it, and logins in the groups of `DatabaseRole`.
@Suite(.needsPostgres)
struct EncryptedConnectionTests {
    @Test func `a worker logs in with a password over TLS, and nobody else gets in`() async throws {
        try await withServer { server in
            let queue = PostgresTrialQueue(server.client())
            let worker = try await queue.register(
                WorkerDescription(host: "node1", processIdentifier: 1, slots: 1))
            #expect(
                try await queue.claim(worker: worker, study: nil, leaseSeconds: 60) == nil)

            for (changes, reason) in [
                (["password": "wrong"], "password authentication failed"),
                (["sslmode": "disable", "channel_binding": "prefer"], "no encryption"),
                (["host": "other.example"], "does not match host name"),
                (["sslrootcert": server.folder + "/stranger.crt"], "certificate verify failed"),
            ] {
                let client = server.client(changes)
                let error = await #expect(throws: StoreError.self) {
                    try await PostgresTrialQueue(client).findStudy(named: "sample")
                }
                let text = String(describing: error)
                #expect(text.contains(reason), "\(changes): \(text)")
                #expect(!text.contains("correct horse") && !text.contains("wrong"))
            }
        }
    }

    /// A server on a loopback address of its own.
    private struct Server {
        let folder: String

        func client(_ changes: [String: String] = [:]) -> PostgresClient {
            let settings = [
                "host": "db.example", "hostaddr": Server.host, "port": "5432", "dbname": "postgres",
                "user": "node1", "password": "correct horse", "sslmode": "verify-full",
                "sslrootcert": folder + "/authority.crt", "channel_binding": "require",
            ].merging(changes) { _, new in new }
            let text = settings.map { "\($0.key)='\($0.value)'" }.joined(separator: " ")
            // The text is ours.
            return PostgresClient(try! DatabaseAddress(text), limits: RetryLimits(total: .zero))
        }

        static let host = "127.83.17.5"
    }

    private func withServer(_ body: (Server) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.path + "/peftsearch-tls-\(getpid())"
        let embedded = EmbeddedPostgres(dataFolder: folder)
        let owner = PostgresClient(try await embedded.start())
        let result: Result<Void, any Error>
        do {
            try await Migrator(owner, files: TestDatabase.files.get()).migrate()
            let grants = RoleGrants(owner)
            try await grants.establish()
            let group = try #require(grants.names[.worker])
            for sql in [
                "CREATE ROLE node1 LOGIN PASSWORD 'correct horse' IN ROLE \(group)",
                "ALTER SYSTEM SET listen_addresses = '\(Server.host)'", "ALTER SYSTEM SET ssl = on",
            ] {
                try await owner.query(Statement("set_up", sql))
            }
            try makeCertificates(in: folder)
            await owner.close()
            try await embedded.stop()
            _ = try await embedded.start()
            result = .success(try await body(Server(folder: folder)))
        } catch {
            result = .failure(error)
        }
        embedded.abandon()
        try result.get()
    }

    /// An authority, the server's certificate from it, and one of a stranger.
    private func makeCertificates(in folder: String) throws {
        let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc", "-days", "2"]
        for name in ["authority", "stranger"] {
            try openssl(
                ["req", "-x509", "-subj", "/CN=\(name)", "-keyout", "\(name).key", "-out", "\(name).crt"]
                    + key, in: folder)
        }
        try openssl(
            [
                "req", "-x509", "-subj", "/CN=db.example", "-addext", "subjectAltName=DNS:db.example",
                "-CA", "authority.crt", "-CAkey", "authority.key", "-keyout", "pgdata/server.key", "-out",
                "pgdata/server.crt",
            ] + key, in: folder)
        let data = folder + "/pgdata"
        let owner = try FileManager.default.attributesOfItem(atPath: data)[.ownerAccountID]
        for file in ["server.key", "server.crt"] {
            try FileManager.default.setAttributes(
                [.posixPermissions: 0o600, .ownerAccountID: owner as Any], ofItemAtPath: "\(data)/\(file)")
        }
        let rules = data + "/pg_hba.conf"
        let text = try String(contentsOfFile: rules, encoding: .utf8)
        try Data((text + "hostssl all all 127.0.0.0/8 scram-sha-256\n").utf8)
            .write(to: URL(fileURLWithPath: rules), options: [])
    }

    private func openssl(_ arguments: [String], in folder: String) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["openssl"] + arguments
        process.currentDirectoryURL = URL(fileURLWithPath: folder)
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "openssl \(arguments.joined(separator: " "))")
    }
}
