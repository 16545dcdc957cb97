import Experiments
import Foundation
import Storage
import TestSupport
import Testing

@Suite(.needsPostgres)
struct MigratorTests {
    private static var versions: [Int] {
        get throws { try TestDatabase.files.get().migrations.map(\.version) }
    }

    @Test func `up, down and up again leaves the same schema`() async throws {
        try await TestDatabase.withSchema(migrated: false) { client in
            let files = try TestDatabase.files.get()
            let migrator = Migrator(client, files: files)
            #expect(try await migrator.status() == MigrationStatus(applied: 0, known: Self.versions.count))
            #expect(try await migrator.migrate() == Self.versions)
            #expect(try await migrator.status().isCurrent)
            #expect(try await migrator.migrate() == [])
            let first = try await dump(client)
            #expect(first.count > 200)
            #expect(try await migrator.migrate(to: 0) == Self.versions.reversed())
            #expect(try await dump(client).allSatisfy { $0.contains("migration") })
            #expect(try await migrator.migrate(to: 2) == [1, 2])
            #expect(try await migrator.migrate() == Array(Self.versions.dropFirst(2)))
            #expect(try await dump(client) == first)
        }
    }

    @Test func `concurrent migrators apply each step once`() async throws {
        try await TestDatabase.withSchema(migrated: false) { client in
            let migrator = Migrator(client, files: try TestDatabase.files.get())
            let steps = try await withThrowingTaskGroup(of: [Int].self) { group in
                for _ in 0..<4 { group.addTask { try await migrator.migrate() } }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(try steps.sorted() == Self.versions)
        }
    }

    @Test func `a database newer than the program is refused`() async throws {
        try await TestDatabase.withSchema { client in
            let last = try Self.versions.count
            try await client.query(
                .recordMigration, [.integer(last + 1), .text("from_the_future"), .text("00")])
            let migrator = Migrator(client, files: try TestDatabase.files.get())
            let error = await #expect(throws: InputError.self) { try await migrator.migrate() }
            #expect(error?.reason.contains("version \(last + 1), newer than version \(last)") == true)
            #expect(error?.suggestion?.contains("newer release") == true)
            await #expect(throws: InputError.self) { try await migrator.status() }
        }
    }

    @Test func `a database with another history is refused`() async throws {
        try await TestDatabase.withSchema { client in
            try await client.query(
                Statement("tamper", "UPDATE migration SET checksum = 'x' WHERE version = 2"))
            let migrator = Migrator(client, files: try TestDatabase.files.get())
            let error = await #expect(throws: InputError.self) { try await migrator.migrate() }
            #expect(error?.reason.contains("migration 2 (work_and_leases)") == true)
        }
    }

    @Test func `a version that does not exist is refused`() async throws {
        try await TestDatabase.withSchema(migrated: false) { client in
            let migrator = Migrator(client, files: try TestDatabase.files.get())
            let next = try Self.versions.count + 1
            await #expect(throws: InputError.self) { try await migrator.migrate(to: next) }
            await #expect(throws: InputError.self) { try await migrator.migrate(to: -1) }
        }
    }

    @Test func `a store without its schema says how to get it`() async throws {
        try await TestDatabase.withSchema(migrated: false) { client in
            let error = await #expect(throws: StoreError.self) {
                try await PostgresStudyStore(client).studies()
            }
            guard case .refused(let reason) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(reason.contains("peftsearch database migrate"))
        }
    }

    @Test func `the readers' views show what is stored`() async throws {
        try await TestDatabase.withSchema { client in
            let store = PostgresStudyStore(client)
            let study = try await store.create(.sample())
            let epoch = try #require(try await store.control(study.id, epoch: nil, seconds: 60))
            try await store.propose([.sample(0)], to: study.id, epoch: epoch)
            try await store.append(
                [FrontVersion(version: 1, members: [0], hypervolume: 0.5, cause: 0)], to: study.id,
                epoch: epoch)
            for view in ["studies", "trials", "front", "front_versions", "budgets"] {
                let rows = try await client.query(
                    Statement("read_view", "SELECT study FROM \(client.schema)_dashboard.\(view)"))
                #expect(try rows.map { try $0.text("study") } == ["sample"], "\(view)")
            }
            for view in ["measurements", "attempts", "reports", "replicates"] {
                try await client.query(
                    Statement("read_view", "SELECT * FROM \(client.schema)_dashboard.\(view)"))
            }
        }
    }

    /// Every column, constraint, index, function and view, one a line, without
    /// the schema's name.
    private func dump(_ client: PostgresClient) async throws -> [String] {
        let schemas = "('\(client.schema)', '\(client.schema)_dashboard', '\(client.schema)_optuna')"
        let rows = try await client.query(
            Statement(
                "dump",
                """
                SELECT line FROM (
                    SELECT concat_ws(' ', 'column', table_name, column_name, ordinal_position, data_type,
                                     is_nullable, column_default) AS line
                    FROM information_schema.columns WHERE table_schema IN \(schemas)
                    UNION ALL
                    SELECT concat_ws(' ', 'constraint', conrelid::regclass, conname,
                                     pg_get_constraintdef(c.oid))
                    FROM pg_constraint c JOIN pg_namespace n ON n.oid = connamespace
                    WHERE nspname IN \(schemas)
                    UNION ALL
                    SELECT concat_ws(' ', 'index', indexdef) FROM pg_indexes WHERE schemaname IN \(schemas)
                    UNION ALL
                    SELECT concat_ws(' ', 'function', pg_get_functiondef(p.oid))
                    FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace WHERE nspname IN \(schemas)
                    UNION ALL
                    SELECT concat_ws(' ', 'view', viewname, definition) FROM pg_views
                    WHERE schemaname IN \(schemas)
                    UNION ALL
                    SELECT concat_ws(' ', 'options', relname, reloptions) FROM pg_class c
                    JOIN pg_namespace n ON n.oid = relnamespace
                    WHERE nspname IN \(schemas) AND reloptions IS NOT NULL
                ) AS lines ORDER BY line COLLATE "C"
                """))
        return try rows.map { try $0.text("line") }
    }
}
