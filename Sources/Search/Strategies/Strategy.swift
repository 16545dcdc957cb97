public import Experiments

/// The algorithm that proposes configurations.
///
/// A proposal is a pure function of the context: no clock, no state of its
/// own, no other source of chance. Another `version` may propose otherwise, so
/// it makes another study.
public protocol Strategy: Sendable {
    /// What a study file calls it.
    var name: String { get }
    /// From 1; raised with every change of what it proposes.
    var version: Int { get }
    /// - Throws: why it cannot search a space.
    func check(_ space: SearchSpace) throws(InputError)
    /// The next proposal, or nil when the space holds nothing new.
    func propose(_ context: ProposalContext) throws(InputError) -> Proposal?
}

extension Strategy {
    /// Any space will do.
    public func check(_ space: SearchSpace) throws(InputError) {}
}

/// What a strategy chose and what it means, both canonical.
public struct Proposal: Sendable, Hashable {
    /// The chosen values by parameter.
    public var assignment: Assignment
    /// The configuration that they mean.
    public var configuration: JSON

    /// A proposal of values and their meaning.
    public init(assignment: Assignment, configuration: JSON) {
        self.assignment = assignment
        self.configuration = configuration
    }
}
