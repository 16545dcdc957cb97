/// How far a database's schema has come.
public struct MigrationStatus: Sendable, Hashable {
    /// The newest migration that the database has; 0 for none.
    public var applied: Int
    /// The newest that this program knows.
    public var known: Int

    public init(applied: Int, known: Int) {
        self.applied = applied
        self.known = known
    }

    public var isCurrent: Bool { applied == known }
}
