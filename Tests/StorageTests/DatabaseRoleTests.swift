import Experiments
import Storage
import TestSupport
import Testing

/// What members of the groups may do, asked of the server and tried.
@Suite(.needsPostgres)
struct DatabaseRoleTests {
    @Test func `every function of the schema is somebody's or an inner one`() async throws {
        try await TestDatabase.withSchema { client in
            let found = try await client.query(
                Statement(
                    "functions",
                    """
                    SELECT DISTINCT proname AS name FROM pg_proc
                    WHERE pronamespace = '\(client.schema)'::regnamespace
                    """))
            let known = DatabaseRole.allCases.reduce(DatabaseRole.innerFunctions) {
                $0.union($1.functions)
            }
            #expect(Set(try found.map { try $0.text("name") }) == known)
        }
    }

    @Test(arguments: DatabaseRole.allCases)
    func `a role has its rights and no others`(_ role: DatabaseRole) async throws {
        try await Self.withRoles { client, names in
            let name = try #require(names[role])
            let rows = try await client.query(Self.rights(of: name, in: client.schema))
            let rights = Set(try rows.map { try $0.text("right") })
            var expected = Set(role.functions.map { "EXECUTE \($0)" } + ["SELECT migration", "USAGE"])
            if role != .worker {
                let tables = try await client.query(Self.tables(in: client.schema))
                expected.formUnion(try tables.map { "SELECT \(try $0.text("name"))" })
            }
            #expect(rights == expected)
        }
    }

    @Test func `a worker runs a trial from its claim to its end, and reads nothing`() async throws {
        try await Self.withRoles { owner, names in
            let store = PostgresStudyStore(owner)
            let study = try await store.create(.sample())
            let epoch = try #require(try await store.control(study.id, epoch: nil, seconds: 60))
            try await store.propose([.sample(0)], to: study.id, epoch: epoch)

            let client = try await Self.client(of: owner, as: names[.worker])
            #expect(try await Migrator(client, files: TestDatabase.files.get()).status().isCurrent)
            let queue = PostgresTrialQueue(client)
            #expect(try await queue.findStudy(named: "sample") == study.id)
            #expect(try await queue.findStudy(named: "another") == nil)
            let worker = try await queue.register(
                WorkerDescription(host: "node1", processIdentifier: 1, slots: 1))
            let claim = try #require(
                try await queue.claim(worker: worker, study: study.id, leaseSeconds: 60))
            try await queue.renew(
                claim.token, leaseSeconds: 60, reports: [Report(step: 1, metrics: ["accuracy": 0.5])])
            try await queue.finish(
                claim.token, with: TrialResult(measurements: [], computeClass: "test"))
            #expect(try await store.trials(of: study.id).map(\.state) == [.done])

            await #expect { try await PostgresStudyStore(client).studies() } throws: { Self.isDenied($0) }
            await #expect {
                try await PostgresStudyStore(client).propose([.sample(1)], to: study.id, epoch: epoch)
            } throws: { Self.isDenied($0) }
            await client.close()
        }
    }

    @Test func `a controller decides and reads, and writes no row by itself`() async throws {
        try await Self.withRoles { owner, names in
            let client = try await Self.client(of: owner, as: names[.controller])
            let store = PostgresStudyStore(client)
            let study = try await store.create(.sample())
            let epoch = try #require(try await store.control(study.id, epoch: nil, seconds: 60))
            try await store.propose([.sample(0)], to: study.id, epoch: epoch)
            #expect(try await store.trials(of: study.id).count == 1)
            let write = Statement("write", "UPDATE trial SET seed = 1")
            await #expect { try await client.query(write) } throws: { Self.isDenied($0) }
            let create = Statement("create", "CREATE TABLE mine (i integer)")
            await #expect(throws: (any Error).self) { try await client.query(create) }
            await client.close()
        }
    }

    @Test func `a reader sees tables and views, and changes nothing`() async throws {
        try await Self.withRoles { owner, names in
            _ = try await PostgresStudyStore(owner).create(.sample())
            let client = try await Self.client(of: owner, as: names[.reader])
            #expect(try await PostgresStudyStore(client).studies().map(\.study.name) == ["sample"])
            let view = Statement("view", "SELECT study FROM \(client.schema)_dashboard.studies")
            #expect(try await client.query(view).count == 1)
            let study = try #require(try await PostgresStudyStore(client).studies().first)
            await #expect { try await PostgresStudyStore(client).delete(study.id) } throws: {
                Self.isDenied($0)
            }
            await client.close()
        }
    }

    @Test func `a migration takes away what a role was given beside its own`() async throws {
        try await Self.withRoles { client, names in
            let worker = try #require(names[.worker])
            try await client.query(Statement("extra", "GRANT UPDATE ON trial TO \(worker)"))
            try await client.query(
                Statement("extra", "GRANT EXECUTE ON FUNCTION delete_study(bigint) TO \(worker)"))
            try await Migrator(client, files: TestDatabase.files.get()).migrate()
            let rows = try await client.query(Self.rights(of: worker, in: client.schema))
            let rights = Set(try rows.map { try $0.text("right") })
            #expect(!rights.contains("EXECUTE delete_study") && rights.contains("EXECUTE claim"))
            #expect(!rights.contains { $0.hasPrefix("UPDATE") })
        }
    }
}

extension DatabaseRoleTests {
    /// Lends a migrated schema with its groups, and removes the groups afterwards.
    private static func withRoles(
        _ body: (PostgresClient, [DatabaseRole: String]) async throws -> Void
    ) async throws {
        try await TestDatabase.withSchema { client in
            let grants = RoleGrants(client)
            try await grants.establish()
            try await grants.establish()
            let result: Result<Void, any Error>
            do { result = .success(try await body(client, grants.names)) } catch { result = .failure(error) }
            for name in grants.names.values.sorted() {
                try await client.query(Statement("drop_owned", "DROP OWNED BY \(name)"))
                try await client.query(Statement("drop_role", "DROP ROLE \(name)"))
            }
            try result.get()
        }
    }

    /// A client that acts as a member of a group.
    private static func client(of owner: PostgresClient, as role: String?) async throws -> PostgresClient {
        let client = PostgresClient(
            owner.address, schema: owner.schema, connections: 1, limits: RetryLimits(total: .zero))
        try await client.query(Statement("become", "SET ROLE \(try #require(role))"))
        return client
    }

    private static func isDenied(_ error: any Error) -> Bool {
        if case StoreError.denied = error { true } else { false }
    }

    /// Tables and views for readers, by name.
    private static func tables(in schema: SchemaName) -> Statement {
        Statement(
            "tables",
            """
            SELECT relname AS name FROM pg_class
            WHERE relnamespace IN (
                '\(schema)'::regnamespace, '\(schema)_dashboard'::regnamespace, '\(schema)_optuna'::regnamespace)
                AND relkind IN ('r', 'v')
            """)
    }

    private static func rights(of role: String, in schema: SchemaName) -> Statement {
        Statement(
            "rights",
            """
            SELECT 'EXECUTE ' || proname AS right FROM pg_proc
            WHERE pronamespace = '\(schema)'::regnamespace
                AND has_function_privilege('\(role)', oid, 'EXECUTE')
            UNION
            SELECT privilege || ' ' || relname FROM pg_class, unnest(ARRAY[
                'SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']) AS privilege
            WHERE relnamespace IN (
                '\(schema)'::regnamespace, '\(schema)_dashboard'::regnamespace, '\(schema)_optuna'::regnamespace)
                AND relkind IN ('r', 'v') AND has_table_privilege('\(role)', oid, privilege)
            UNION
            SELECT privilege FROM unnest(ARRAY['USAGE', 'CREATE']) AS privilege
            WHERE has_schema_privilege('\(role)', '\(schema)', privilege)
            """)
    }
}
