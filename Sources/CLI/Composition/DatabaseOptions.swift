import ArgumentParser
import Experiments
import Foundation
import Search
import Storage

/// Which store a command uses.
struct DatabaseOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The PostgreSQL database, as a URL or key=value pairs.",
            discussion:
                "Without it: DATABASE_URL, the PG* variables, else a private PostgreSQL under --data-dir.",
            valueName: "URL"))
    var database: String?

    @Option(
        help: ArgumentHelp(
            "Where the private PostgreSQL, trained tensors and work files lie.", valueName: "DIR"))
    var dataDir = ".peftsearch"

    /// The folder as an absolute path.
    var dataFolder: String { URL(fileURLWithPath: dataDir).standardizedFileURL.path }

    /// The address that was given, or nil for the private PostgreSQL.
    func givenAddress() throws(InputError) -> DatabaseAddress? {
        if let database {
            guard !database.isEmpty else {
                throw InputError(
                    "--database", reason: "is empty", suggestion: "--database postgresql://host/name")
            }
            return try DatabaseAddress(database)
        }
        return try DatabaseAddress.inEnvironment(ProcessInfo.processInfo.environment)
    }

    /// Opens the store, starting the private PostgreSQL if need be.
    ///
    /// The private database is always brought up to date; a given one only when
    /// it is empty, else its owner decides.
    func open(connections: Int = 3, retrying limits: RetryLimits = RetryLimits(total: .seconds(10)))
        async throws -> OpenStore
    {
        let embedded = EmbeddedPostgres(dataFolder: dataFolder)
        let given = try givenAddress()
        let address: DatabaseAddress
        if let given { address = given } else { address = try await embedded.start() }
        let client = PostgresClient(address, connections: connections, limits: limits)
        let migrator = Migrator(client, files: try Self.migrationFiles())
        let status = try await migrator.status()
        if given == nil || status.applied == 0 {
            _ = try await migrator.migrate()
        } else if !status.isCurrent {
            throw InputError(
                "\(address)",
                reason: "the database is at version \(status.applied), this program at \(status.known)",
                suggestion: command("database migrate"))
        }
        return OpenStore(client: client, embedded: given == nil ? embedded : nil, given: database)
    }

    /// A command line for a shell that works on the same store. An address is
    /// given without its password.
    func command(_ words: String) -> String {
        var line = "peftsearch \(words)"
        if let database, let address = try? DatabaseAddress(database) {
            line += " --database \(ShellWord.quoted("\(address)"))"
        }
        if dataDir != ".peftsearch" { line += " --data-dir \(ShellWord.quoted(dataDir))" }
        return line
    }

    static func migrationFiles() throws(InputError) -> MigrationFiles {
        try MigrationFiles(in: MigrationFiles.locate(environment: ProcessInfo.processInfo.environment))
    }
}

/// A store that answers.
struct OpenStore: Sendable {
    let client: PostgresClient
    /// The private PostgreSQL behind it, if it is that.
    let embedded: EmbeddedPostgres?
    /// The address as it was given on the command line, for child processes.
    let given: String?

    var studies: PostgresStudyStore { PostgresStudyStore(client) }
    var queue: PostgresTrialQueue { PostgresTrialQueue(client) }

    /// The study of that name.
    func study(_ name: String) async throws -> StoredStudy {
        if let study = try await studies.study(named: name) { return study }
        let names = try await studies.studies().map(\.study.name)
        throw InputError(
            name,
            reason: names.isEmpty
                ? "there are no studies here"
                : "no such study; there are \(names.prefix(20).joined(separator: ", "))",
            suggestion: InputError.nearest(to: name, in: names))
    }

    /// A trial of a study.
    func trial(_ number: Int, of stored: StoredStudy) async throws -> Trial {
        if let trial = try await studies.trials(of: stored.id, .numbered([number])).first { return trial }
        let count = try await studies.progress(of: stored.id).count
        throw InputError(
            "\(stored.study.name) \(number)", reason: "no such trial",
            suggestion: count == 0 ? nil : "a number from 0 to \(count - 1)")
    }

    /// The front of a study, and what was read for it: its members, the named
    /// baselines, and what may not have met the front yet.
    func front(of stored: StoredStudy) async throws -> (front: Front, read: [Trial]) {
        let newest = try await studies.newestFronts(of: stored.id)
        let last = Set(newest.flatMap(\.members)).sorted()
        let candidates = try await studies.trials(of: stored.id, .front(last: last))
        return (Front.current(of: stored, newest: newest, candidates: candidates), candidates)
    }
}
