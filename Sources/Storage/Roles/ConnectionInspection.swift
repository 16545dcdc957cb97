import Experiments
public import Foundation

/// What a connection is and what its login may do.
public struct ConnectionInspection: Sendable {
    /// The login's own name.
    public let role: String
    /// `TLSv1.3`; nil of a connection that is not encrypted.
    public let encryption: String?
    /// Whether the server is another machine, as far as it knows.
    public let isRemote: Bool
    /// How far this machine's clock is ahead of the server's, in seconds, give
    /// or take half of what the answer took.
    public let clockSkew: Double
    /// Whether its tables and views may be read.
    public let readsTables: Bool
    /// Functions that a role needs and this login may not call, by name.
    public let missing: [DatabaseRole: [String]]

    /// Looks at a store that has its schema.
    /// - Parameter clock: this machine's time.
    public init(of client: PostgresClient, clock: () -> Date = { .now }) async throws {
        // The first call opens the connection, which takes its time.
        _ = try await client.query(.inspectConnection)
        let asked = clock()
        let row = try await client.query(.inspectConnection).first
        let answered = clock()
        guard let row else { throw StoreError.refused("the server says nothing of this connection") }
        let middle = (asked.timeIntervalSince1970 + answered.timeIntervalSince1970) / 2
        role = try row.text("role")
        encryption = try row.bool("is_encrypted") ? try row.optionalText("protocol") ?? "TLS" : nil
        isRemote = try row.bool("is_remote")
        clockSkew = middle - (try row.double("now"))
        let schema = client.schema.description
        readsTables = try await client.query(.readsTables, [.text(schema)]).first?.bool("reads") ?? false
        let callable = Set(
            try await client.query(.callableFunctions, [.text(schema)]).map { try $0.text("name") })
        missing = Dictionary(
            uniqueKeysWithValues: DatabaseRole.allCases.map { role in
                (role, role.functions.subtracting(callable).sorted())
            })
    }

    /// The roles whose work this login may do.
    public var roles: [DatabaseRole] {
        DatabaseRole.allCases.filter {
            missing[$0]?.isEmpty == true && (readsTables || !$0.readsEverything)
        }
    }
}
