import Experiments

/// Gives each `DatabaseRole` exactly its rights in a store.
///
/// A group without a login is made for each; an administrator puts logins into
/// them. What a group had before is taken away first, so that the rights after
/// a migration are those of this program and no others.
public struct RoleGrants: Sendable {
    private let client: PostgresClient

    /// The grants of a store.
    /// - Parameter client: logged in as the schema's owner, and to make the
    ///   groups as a role that may create roles.
    public init(_ client: PostgresClient) {
        self.client = client
    }

    /// The groups' names by role.
    public var names: [DatabaseRole: String] {
        Dictionary(uniqueKeysWithValues: DatabaseRole.allCases.map { ($0, $0.name(in: client.schema)) })
    }

    /// Makes the groups that do not exist, and grants.
    /// - Throws: `StoreError.denied` for who may not create roles or does not
    ///   own the schema.
    public func establish() async throws {
        try await client.repeating {
            try await client.withConnection { connection in
                try await connection.transaction {
                    try await connection.query(
                        .lockMigrations, [.text(client.schema.description)], within: 600)
                    let existing = try await existing(on: connection)
                    for name in names.values.sorted() where !existing.contains(name) {
                        try await connection.query(.createGroup(name))
                    }
                    try await grant(to: DatabaseRole.allCases, on: connection)
                }
            }
        }
    }

    /// Grants to the groups that exist, as a step of a transaction that changed
    /// the schema.
    func refresh(on connection: PostgresConnection) async throws {
        let existing = try await existing(on: connection)
        try await grant(
            to: DatabaseRole.allCases.filter { existing.contains($0.name(in: client.schema)) }, on: connection
        )
    }

    private func existing(on connection: PostgresConnection) async throws -> Set<String> {
        let wanted = JSON.array(names.values.sorted().map(JSON.string))
        return Set(try await connection.query(.existingRoles, [.json(wanted)]).map { try $0.text("role") })
    }

    private func grant(to roles: [DatabaseRole], on connection: PostgresConnection) async throws {
        for role in roles {
            let name = role.name(in: client.schema)
            for statement in Statement.revokeAll(from: name, in: client.schema) {
                try await connection.query(statement)
            }
            for statement in Statement.grantReading(to: name, in: client.schema, all: role.readsEverything) {
                try await connection.query(statement)
            }
            let functions = JSON.array(role.functions.sorted().map(JSON.string))
            let rows = try await connection.query(
                .signatures, [.text(client.schema.description), .json(functions)])
            for row in rows {
                try await connection.query(.grantExecution(of: try row.text("signature"), to: name))
            }
        }
    }
}
