public import Experiments

/// The algorithm that proposes configurations.
///
/// A proposal is a pure function of the context: no clock, no state of its
/// own, no other source of chance. Another `version` may propose otherwise, so
/// it makes another study.
public protocol Strategy: Sendable {
    var name: String { get }
    var version: Int { get }
    /// The next proposal, or nil when the space holds nothing new.
    func propose(_ context: ProposalContext) throws(InputError) -> Proposal?
}

/// What a strategy chose and what it means, both canonical.
public struct Proposal: Sendable, Hashable {
    public var assignment: Assignment
    public var configuration: JSON

    public init(assignment: Assignment, configuration: JSON) {
        self.assignment = assignment
        self.configuration = configuration
    }
}
