import Experiments
import Foundation

/// A private PostgreSQL server under a data folder, reached through a Unix
/// socket only.
///
/// Nothing listens on TCP, no system cluster is touched, and only the server's
/// account, the account that created it and root may connect. The server goes
/// on when the process that started it ends. Programs and concurrent starts on
/// one machine share it; a lock keeps their starts and stops apart.
public struct EmbeddedPostgres: Sendable {
    private let dataFolder: String

    /// - Parameter dataFolder: made when it does not exist.
    public init(dataFolder: String) {
        self.dataFolder = dataFolder
    }

    /// Makes the cluster unless it exists, and starts it unless it runs.
    /// - Returns: where it answers.
    /// - Throws: `InputError` when there are no server programs, the folder
    ///   cannot be used, or another version made the cluster.
    public func start() async throws -> DatabaseAddress {
        try makeFolder(try ClusterLayout(folder: dataFolder))
        // Again, because only a folder that exists has its symbolic links resolved.
        let layout = try ClusterLayout(folder: dataFolder)
        let lock = try await FileLock(waitingFor: layout.lock)
        defer { lock.release() }
        if await Self.answers(layout) { return layout.address }
        let server = try await ClusterServer(layout)
        try await server.endUnreachable()
        try await server.prepare()
        try await server.start()
        return layout.address
    }

    /// Stops the server and waits for it; nothing when it does not run.
    public func stop() async throws {
        try await stop(modes: ["fast", "immediate"])
    }

    /// Where it answers; nil when it does not run.
    public func status() async throws -> DatabaseAddress? {
        let layout = try ClusterLayout(folder: dataFolder)
        return await Self.answers(layout) ? layout.address : nil
    }

    /// The folder of the programs that a start would run; makes and starts
    /// nothing.
    /// - Throws: `InputError` when there are none, or none of the version that
    ///   made the cluster.
    public func programs() async throws -> String {
        try await ServerBinaries.find(version: ClusterLayout(folder: dataFolder).version).folder
    }

    /// Stops the server as a loss of power stops its processes.
    package func crash() async throws {
        try await stop(modes: ["immediate"])
    }

    /// Kills the first process of the server; the others follow on their own.
    package func killPostmaster() throws {
        guard let process = ServerProcess(of: try ClusterLayout(folder: dataFolder)) else { return }
        kill(process.identifier, SIGKILL)
    }

    /// Makes the server end at once, without waiting: at the end of a process.
    package func abandon() {
        guard let layout = try? ClusterLayout(folder: dataFolder) else { return }
        if let process = ServerProcess(of: layout) {
            kill(process.identifier, SIGQUIT)
            for _ in 0..<300 where process.isAlive { usleep(10_000) }
        }
        for path in [layout.sockets, layout.folder] { try? FileManager.default.removeItem(atPath: path) }
    }

    private func stop(modes: [String]) async throws {
        let layout = try ClusterLayout(folder: dataFolder)
        guard layout.version != nil else { return }
        let lock = try await FileLock(waitingFor: layout.lock)
        defer { lock.release() }
        let server = try await ClusterServer(layout)
        try await server.stop(modes: modes)
    }

    static func answers(_ layout: ClusterLayout) async -> Bool {
        await PostgresConnection(to: layout.address, schema: .standard).ping()
    }

    private func makeFolder(_ layout: ClusterLayout) throws {
        guard !FileManager.default.fileExists(atPath: layout.folder) else { return }
        do {
            // The server's account must be able to pass through; others cannot list.
            try FileManager.default.createDirectory(
                atPath: layout.folder, withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o711])
        } catch {
            throw InputError(
                dataFolder, reason: "cannot be made: \(error.localizedDescription)",
                suggestion: "another --data-dir")
        }
    }
}
