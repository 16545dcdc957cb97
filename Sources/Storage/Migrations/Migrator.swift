import Experiments

/// Brings a database's schema to a version, up or down.
///
/// Each step is a transaction, recorded with the checksum of its file. The
/// history in the database must be the beginning of the files' own: a file
/// changed after its release and a database newer than the program are
/// refused before anything is touched. Concurrent migrators wait for one
/// another.
public struct Migrator: Sendable {
    private let client: PostgresClient
    private let files: MigrationFiles

    public init(_ client: PostgresClient, files: MigrationFiles) {
        self.client = client
        self.files = files
    }

    public func status() async throws -> MigrationStatus {
        try await client.withConnection { connection in
            let exists = try await connection.query(.migrationTableExists, [.text(client.schema.description)])
            guard try exists.first?.bool("exists") == true else {
                return MigrationStatus(applied: 0, known: files.migrations.count)
            }
            return MigrationStatus(applied: try await applied(on: connection), known: files.migrations.count)
        }
    }

    /// Migrates to `version`; nil is the newest. Going down drops what the
    /// steps above `version` added, with all data in it. Roles that were
    /// established get the rights of this program.
    /// - Returns: the versions that were applied or taken back, in order.
    @discardableResult
    public func migrate(to version: Int? = nil) async throws -> [Int] {
        let target = version ?? files.migrations.count
        guard (0...files.migrations.count).contains(target) else {
            throw InputError(
                "migration \(target)",
                reason: "does not exist: this program knows 1 to \(files.migrations.count)",
                suggestion: "0 takes all of them back")
        }
        return try await client.repeating {
            try await client.withConnection { connection in
                try await transaction(on: connection) { try await prepare(connection) }
                var steps: [Int] = []
                while let step = try await transaction(
                    on: connection, { try await step(to: target, on: connection) })
                {
                    steps.append(step)
                }
                return steps
            }
        }
    }

    private func prepare(_ connection: PostgresConnection) async throws {
        try await connection.query(.createSchema(client.schema))
        try await connection.query(.createMigrationTable)
    }

    /// One step towards the target; nil when it is reached and roles have their
    /// rights.
    private func step(to target: Int, on connection: PostgresConnection) async throws -> Int? {
        let applied = try await applied(on: connection)
        if applied < target {
            let migration = files.migrations[applied]
            try await connection.run(script: Statement("migration \(migration.version) up", migration.up))
            try await connection.query(
                .recordMigration,
                [.integer(migration.version), .text(migration.name), .text(migration.checksum)])
            return migration.version
        }
        if applied > target {
            let migration = files.migrations[applied - 1]
            try await connection.run(script: Statement("migration \(migration.version) down", migration.down))
            try await connection.query(.forgetMigration, [.integer(migration.version)])
            return migration.version
        }
        if target > 0 { try await RoleGrants(client).refresh(on: connection) }
        return nil
    }

    /// The newest applied version, once the history was found to be ours.
    private func applied(on connection: PostgresConnection) async throws -> Int {
        let rows = try await connection.query(.appliedMigrations)
        guard rows.count <= files.migrations.count else {
            throw InputError(
                "\(client.address)",
                reason:
                    "its schema is at version \(rows.count), newer than version \(files.migrations.count), "
                    + "which this program knows",
                suggestion: "install the newer release; it can also take the schema back: "
                    + "peftsearch database migrate --to \(files.migrations.count)")
        }
        for (row, migration) in zip(rows, files.migrations) {
            guard try row.integer("version") == migration.version,
                try row.text("checksum") == migration.checksum
            else {
                throw InputError(
                    "\(client.address)",
                    reason: "its migration \(migration.version) (\(try row.text("name"))) is not the one "
                        + "of this program",
                    suggestion: "use the release that made the schema, or another database")
            }
        }
        return rows.count
    }

    /// A transaction that no other migrator of the schema meets.
    private func transaction<Result>(
        on connection: PostgresConnection, _ body: () async throws -> Result
    ) async throws -> Result {
        try await connection.transaction {
            try await connection.query(.openMigration, [.text(client.schema.prefix)])
            try await connection.query(.lockMigrations, [.text(client.schema.description)], within: 600)
            return try await body()
        }
    }
}
