/// One stored version of a study's front.
public struct FrontVersion: Sendable, Hashable {
    /// From 1.
    public var version: Int
    /// Trial numbers, ascending.
    public var members: [Int]
    /// By the study's stored rule, 0 ... 1; nil while the rule's references
    /// are not known.
    public var hypervolume: Double?
    /// The trial whose completion changed the front.
    public var cause: Int

    public init(version: Int, members: [Int], hypervolume: Double?, cause: Int) {
        self.version = version
        self.members = members
        self.hypervolume = hypervolume
        self.cause = cause
    }
}
