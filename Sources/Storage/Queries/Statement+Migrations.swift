extension Statement {
    /// A migration rewrites tables and waits for their users: no time limits.
    /// `$1` what readers' schemas begin with.
    static let openMigration = Statement(
        "open_migration",
        """
        SELECT set_config('statement_timeout', '0', true),
               set_config('lock_timeout', '0', true),
               set_config('peftsearch.prefix', $1, true)
        """)

    /// `$1` schema. One migrator at a time for each schema; the lock ends with
    /// the transaction.
    static let lockMigrations = Statement(
        "lock_migrations", "SELECT pg_advisory_xact_lock(hashtextextended('peftsearch.migration.' || $1, 0))")

    /// The schema's name has no place for a parameter; `SchemaName` allows
    /// only letters, digits and `_`.
    static func createSchema(_ schema: SchemaName) -> Statement {
        Statement("create_schema", "CREATE SCHEMA IF NOT EXISTS \(schema)")
    }

    static let createMigrationTable = Statement(
        "create_migration_table",
        """
        CREATE TABLE IF NOT EXISTS migration (
            version integer PRIMARY KEY CHECK (version > 0),
            name text NOT NULL,
            -- SHA-256 of the file that was applied.
            checksum text NOT NULL,
            applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
        )
        """)

    /// `$1` schema.
    static let migrationTableExists = Statement(
        "migration_table_exists", "SELECT to_regclass($1 || '.migration') IS NOT NULL AS exists")

    static let appliedMigrations = Statement(
        "applied_migrations", "SELECT version, name, checksum FROM migration ORDER BY version")

    /// `$1` version, `$2` name, `$3` checksum.
    package static let recordMigration = Statement(
        "record_migration", "INSERT INTO migration (version, name, checksum) VALUES ($1, $2, $3)")

    /// `$1` version.
    static let forgetMigration = Statement("forget_migration", "DELETE FROM migration WHERE version = $1")
}
