import ArgumentParser
import Experiments
import Storage

struct DatabaseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "database", abstract: "The store: start, stop, migrate, roles, status, url.",
        subcommands: [Start.self, Stop.self, Migrate.self, Roles.self, Status.self, URL.self])

    struct Start: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Start the private PostgreSQL and bring it up to date.")
        @OptionGroup var database: DatabaseOptions

        func run() async throws {
            try DatabaseCommand.refuseGiven(database)
            let store = try await database.open()
            try Output.write("\(store.client.address)")
        }
    }

    struct Stop: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Stop the private PostgreSQL.")
        @OptionGroup var database: DatabaseOptions

        func run() async throws {
            try DatabaseCommand.refuseGiven(database)
            try await EmbeddedPostgres(dataFolder: database.dataFolder).stop()
        }
    }

    struct Migrate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Bring the database to the version of this program, or to another.")
        @Option(help: "The version to go to, up or down; 0 removes everything.") var to: Int?
        @OptionGroup var database: DatabaseOptions

        func run() async throws {
            let client = PostgresClient(try await DatabaseCommand.address(database))
            let migrator = Migrator(client, files: try DatabaseOptions.migrationFiles())
            let done = try await migrator.migrate(to: to)
            let status = try await migrator.status()
            Output.note(
                done.isEmpty
                    ? "the database is at version \(status.applied) already"
                    : "migrations \(done.map(String.init).joined(separator: ", ")): now at version \(status.applied)"
            )
        }
    }

    struct Roles: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "Make the groups for logins that may do less than the owner, and grant them their rights.")
        @OptionGroup var database: DatabaseOptions

        func run() async throws {
            guard let given = try database.givenAddress() else {
                throw InputError(
                    "the private PostgreSQL",
                    reason: "has one user, who owns it, and nobody else may connect",
                    suggestion: "--database postgresql://admin@host/name")
            }
            let client = PostgresClient(given, limits: RetryLimits(total: .seconds(10)))
            let status = try await Migrator(client, files: try DatabaseOptions.migrationFiles()).status()
            guard status.isCurrent else {
                throw InputError(
                    "\(given)",
                    reason: "the database is at version \(status.applied), this program at \(status.known)",
                    suggestion: database.command("database migrate"))
            }
            let grants = RoleGrants(client)
            try await grants.establish()
            var table = TextTable(headings: ["role", "may"])
            for role in DatabaseRole.allCases { table.rows.append([grants.names[role] ?? "", role.rights]) }
            try Output.write(table.text)
            Output.note(
                "\nnext: put logins into these groups, as docs/deployment.md shows; `database migrate` keeps their rights"
            )
        }
    }

    struct Status: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Say where the database is, whether it answers and whether it is up to date.")
        @OptionGroup var database: DatabaseOptions

        func run() async throws {
            let given = try database.givenAddress()
            let embedded = EmbeddedPostgres(dataFolder: database.dataFolder)
            let running: DatabaseAddress?
            if let given { running = given } else { running = try await embedded.status() }
            guard let address = running else {
                throw AnswerIsNo(text: "the private PostgreSQL under \(database.dataFolder) does not run")
            }
            let client = PostgresClient(address, limits: RetryLimits(total: .zero))
            let status = try await Migrator(client, files: try DatabaseOptions.migrationFiles()).status()
            try Output.write("\(address)\nversion \(status.applied) of \(status.known)")
            if !status.isCurrent {
                throw AnswerIsNo(text: "not up to date\n  try: peftsearch database migrate")
            }
        }
    }

    struct URL: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print the database's URL, without its password, for psql and other clients.")
        @Flag(help: "The URL for optuna.load_study and optuna-dashboard, which see studies as Optuna's.")
        var optuna = false
        @OptionGroup var database: DatabaseOptions

        func run() async throws {
            let address = try await DatabaseCommand.address(database)
            try Output.write(
                optuna ? address.sqlAlchemyURL(schema: SchemaName.standard.optuna) : "\(address)")
        }
    }

    private static func address(_ options: DatabaseOptions) async throws -> DatabaseAddress {
        if let given = try options.givenAddress() { return given }
        return try await EmbeddedPostgres(dataFolder: options.dataFolder).start()
    }

    private static func refuseGiven(_ options: DatabaseOptions) throws(InputError) {
        guard let given = try options.givenAddress() else { return }
        throw InputError(
            "\(given)", reason: "is not the private PostgreSQL, so it is not ours to start or stop",
            suggestion: "unset DATABASE_URL and PGHOST, or use your system's commands")
    }
}

extension DatabaseRole {
    /// What its members may do, in a phrase.
    fileprivate var rights: String {
        switch self {
        case .controller: "create studies, decide about them and read everything"
        case .worker: "claim and finish trials, and read nothing"
        case .reader: "read everything"
        }
    }
}
