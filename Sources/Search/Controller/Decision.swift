public import Experiments

/// One thing that a plan decides: what a free virtual worker does next.
public enum Decision: Sendable, Hashable {
    /// A new trial, from its first rung.
    case propose(ProposedTrial)
    /// A waiting trial goes on to its next rung.
    case promote(PromotedTrial)
    /// What followed from a finished trial becomes a trial of its own.
    case derive(DerivedTrial)

    /// The new trial, if it is one.
    public var proposal: ProposedTrial? {
        if case .propose(let trial) = self { trial } else { nil }
    }

    /// The trial that goes on, if it is one.
    public var promotion: PromotedTrial? {
        if case .promote(let trial) = self { trial } else { nil }
    }

    /// The derived trial, if it is one.
    public var derived: DerivedTrial? {
        if case .derive(let trial) = self { trial } else { nil }
    }
}
