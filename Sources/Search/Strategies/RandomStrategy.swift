public import Experiments

/// Draws from the space's prior: the structured one where parameters have
/// places, else each parameter by its scale.
public struct RandomStrategy: Strategy {
    /// See `Strategy`.
    public let name = "random"
    /// See `Strategy`.
    public let version = 2

    /// The strategy has no settings.
    public init() {}

    /// See `Strategy`.
    public func propose(_ context: ProposalContext) throws(InputError) -> Proposal? {
        let sampler = PriorSampler(context.space)
        let drawn = try context.firstNew("random", tries: 100) { sampler.sample(&$0) }
        if let drawn { return drawn }
        if let all = SpaceEnumeration(of: context.space) { return try context.anyNew(of: all) }
        // Much of the prior may lie where everything was tried.
        return try context.firstNew("random again", tries: 10_000) { sampler.sample(&$0) }
    }
}
