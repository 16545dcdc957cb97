import Experiments
import Foundation

/// Makes, starts and stops a private cluster; its callers hold the lock.
struct ClusterServer {
    private let layout: ClusterLayout
    private let binaries: ServerBinaries
    private let account: ServerAccount

    init(_ layout: ClusterLayout) async throws {
        self.layout = layout
        binaries = try await ServerBinaries.find(version: layout.version)
        account = try await ServerAccount.suited(to: layout)
    }

    /// Makes what is missing: the log, the socket's folder, the cluster.
    func prepare() async throws {
        try makeLog()
        try makeSocketFolder()
        if layout.version == nil { try await makeCluster() }
    }

    func start() async throws {
        try await settle()
        if await EmbeddedPostgres.answers(layout) { return }
        let status = try await control(
            [
                "-l", layout.log, "-w", "-t", "60", "-o", "-c unix_socket_directories='\(layout.sockets)'",
                "start",
            ])
        guard status == 0, await EmbeddedPostgres.answers(layout) else {
            throw InputError(
                layout.folder, reason: "PostgreSQL did not start; its log ends: \(layout.lastLogLines)",
                suggestion: "see \(layout.log)")
        }
    }

    /// Stops in the first of the modes that works.
    func stop(modes: [String]) async throws {
        if await !EmbeddedPostgres.answers(layout) {
            try await settle()
            guard await EmbeddedPostgres.answers(layout) else { return }
        }
        try await end(modes: modes)
    }

    /// Stops a server that runs and whose socket is gone: that of a data folder
    /// which was deleted ends late, and takes its successor's socket along.
    func endUnreachable() async throws {
        guard ServerProcess(of: layout)?.isAlive == true,
            !FileManager.default.fileExists(atPath: layout.socket)
        else { return }
        try await end(modes: ["fast", "immediate"])
    }

    private func end(modes: [String]) async throws {
        for mode in modes {
            if try await control(["-m", mode, "-w", "-t", "30", "stop"]) == 0 { return }
        }
        throw InputError(layout.folder, reason: "PostgreSQL did not stop", suggestion: "see \(layout.log)")
    }

    private func control(_ arguments: [String]) async throws -> Int32 {
        try await account.command(binaries.control, ["-D", layout.data] + arguments)
            .run(
                loggingTo: layout.log)
    }

    /// After a crash, waits (at most 20 s) until orphaned processes left, then
    /// takes away a lock file that keeps a new server from starting.
    private func settle() async throws {
        for round in 0..<100 {
            guard let process = ServerProcess(of: layout) else { return }
            if await EmbeddedPostgres.answers(layout) { return }
            if process.isLeftOver {
                // A zombie is usually reaped soon, and then the server itself
                // takes the file away.
                if !process.isPresent { return }
                if round > 10 {
                    try? FileManager.default.removeItem(atPath: layout.processFile)
                    return
                }
            }
            try await Task.sleep(for: .milliseconds(200))
        }
    }
}

// MARK: - Making

extension ClusterServer {
    /// `initdb` in a side folder, renamed when complete, so that a crash
    /// leaves nothing half-made.
    private func makeCluster() async throws {
        try? FileManager.default.removeItem(atPath: layout.unfinishedData)
        try makeFolder(layout.unfinishedData, permissions: 0o700)
        let status = try await account.command(
            binaries.initdb,
            [
                "-D", layout.unfinishedData, "-U", "owner", "-A", "peer", "--data-checksums", "-E", "UTF8",
                "--locale=C", "--no-instructions",
            ]
        ).run(loggingTo: layout.log)
        guard status == 0 else {
            throw InputError(
                layout.folder, reason: "initdb failed; its log ends: \(layout.lastLogLines)",
                suggestion: "see \(layout.log)")
        }
        try configure()
        do {
            // An empty folder may be left from a start that was cut off; one
            // that is not empty is not ours to remove, and then this fails.
            _ = rmdir(layout.data)
            try FileManager.default.moveItem(atPath: layout.unfinishedData, toPath: layout.data)
        } catch {
            throw InputError(
                layout.data, reason: "is no PostgreSQL cluster but not empty",
                suggestion: "move it away, or use another --data-dir")
        }
    }

    private func configure() throws {
        let settings = """

            listen_addresses = ''
            unix_socket_permissions = 0700
            port = 5432
            fsync = on
            synchronous_commit = on
            full_page_writes = on
            shared_buffers = 64MB
            max_connections = 300
            idle_in_transaction_session_timeout = '60s'
            client_connection_check_interval = '10s'
            log_parameter_max_length_on_error = 0
            log_line_prefix = '%m [%p] %q%u@%d '
            cluster_name = 'peftsearch'

            """
        let main = layout.unfinishedData + "/postgresql.conf"
        let defaults = FileManager.default.contents(atPath: main) ?? Data()
        try write(String(decoding: defaults, as: UTF8.self) + settings, to: main)
        try write("local all owner peer map=peftsearch\n", to: layout.unfinishedData + "/pg_hba.conf")
        let names = Set(["root", account.name, NSUserName()]).sorted()
        try write(
            names.map { "peftsearch \"\($0)\" owner\n" }.joined(),
            to: layout.unfinishedData + "/pg_ident.conf")
    }

    private func write(_ text: String, to path: String) throws {
        do {
            try text.write(toFile: path, atomically: false, encoding: .utf8)
        } catch {
            throw InputError(path, reason: "cannot be written: \(error.localizedDescription)")
        }
        try account.own(path)
    }

    private func makeLog() throws {
        let manager = FileManager.default
        let size = (try? manager.attributesOfItem(atPath: layout.log))?[.size].flatMap { $0 as? NSNumber }
        if let size, size.intValue > 16 << 20 {
            try? manager.removeItem(atPath: layout.log + ".1")
            try? manager.moveItem(atPath: layout.log, toPath: layout.log + ".1")
        }
        if !manager.fileExists(atPath: layout.log) { try write("", to: layout.log) }
    }

    /// Root passes through to a socket that only the account may use. In /tmp
    /// somebody else may have been first: then it is not used.
    private func makeSocketFolder() throws {
        let permissions = geteuid() == 0 ? 0o711 : 0o700
        guard let attributes = try? FileManager.default.attributesOfItem(atPath: layout.sockets) else {
            return try makeFolder(layout.sockets, permissions: permissions)
        }
        let mode = (attributes[.posixPermissions] as? NSNumber)?.intValue ?? 0o777
        let owner = attributes[.ownerAccountName] as? String
        guard attributes[.type] as? FileAttributeType == .typeDirectory, mode & 0o022 == 0,
            [account.name, NSUserName(), "root"].contains(owner)
        else {
            throw InputError(
                layout.sockets, reason: "belongs to somebody else, so the database's socket cannot lie there",
                suggestion: "a shorter --data-dir of letters and digits")
        }
    }

    private func makeFolder(_ path: String, permissions: Int) throws {
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: false, attributes: [.posixPermissions: permissions]
            )
        } catch {
            throw InputError(path, reason: "cannot be made: \(error.localizedDescription)")
        }
        try account.own(path)
    }
}
