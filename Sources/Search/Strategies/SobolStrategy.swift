public import Experiments

/// Covers the space evenly, whatever the trials say: a scrambled Sobol
/// sequence, seeded by the study, of which proposal k is point k.
public struct SobolStrategy: Strategy {
    /// See `Strategy`.
    public let name = "sobol"
    /// See `Strategy`.
    public let version = 2

    /// The strategy has no settings.
    public init() {}

    /// See `Strategy`.
    public func propose(_ context: ProposalContext) throws(InputError) -> Proposal? {
        let sampler = QuasiRandomSampler(
            SpaceLayout(context.space), seed: Self.scrambleSeed(of: context.seed))
        let tries = 100
        var index = UInt32(truncatingIfNeeded: context.number)
        let drawn = try context.firstNew("sobol", tries: tries) { generator in
            // Points that no proposal has by its number stand in for one that is
            // taken. An even stride would keep the lowest bits of the index, and with
            // them every coordinate within one cell.
            defer { index &+= UInt32.max / UInt32(tries) | 1 }
            return sampler.sample(at: index, &generator)
        }
        if let drawn { return drawn }
        return try RandomStrategy().propose(context)
    }

    private static func scrambleSeed(of seed: UInt64) -> UInt64 {
        var generator = SeededGenerator(seed: seed, purpose: "sobol scrambles")
        return generator.next()
    }
}
