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
    /// Whether the search was over and it holds by means over seeds. Its cause
    /// is then the lowest trial that they took in or out, or else the lowest
    /// that has replicates.
    public var isReplicated: Bool

    public init(
        version: Int, members: [Int], hypervolume: Double?, cause: Int, isReplicated: Bool = false
    ) {
        self.isReplicated = isReplicated
        self.version = version
        self.members = members
        self.hypervolume = hypervolume
        self.cause = cause
    }
}
