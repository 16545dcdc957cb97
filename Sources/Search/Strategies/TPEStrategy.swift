public import Experiments

/// A tree-structured Parzen estimator for several objectives (Ozaki et al.
/// 2022, "Multiobjective tree-structured Parzen estimator", JAIR 73; with joint
/// kernels as Watanabe 2023, arXiv 2304.11127, advises): proposals are likely
/// under the density of the good trials and unlikely under that of the others.
///
/// Absent parameters are absent: each coordinate's density is one of the trials
/// that have it. In a native space the densities are over the structure of the
/// sizes (`AssignmentFeatures`). Where costs are known before training, the
/// proposal is one of the candidates that no other beats in score and costs
/// both, so that cheap and dear configurations have their turn.
public struct TPEStrategy: Strategy {
    /// See `Strategy`.
    public let name = "tpe"
    /// See `Strategy`.
    public let version = 2
    /// How many are drawn for a proposal.
    private let candidates = 48

    /// The strategy has no settings.
    public init() {}

    /// See `Strategy`.
    public func propose(_ context: ProposalContext) throws(InputError) -> Proposal? {
        guard context.trained.count >= TPESplit.enough else { return try SobolStrategy().propose(context) }
        let split = TPESplit(context)
        guard split.good.count >= 2 else { return try SobolStrategy().propose(context) }
        var generator = SeededGenerator(seed: context.seed, purpose: "tpe", UInt64(context.number))
        let densities = TPECandidates(split, in: SpaceLayout(context.space))
        var points: [SpacePoint] = []
        for _ in 0..<candidates {
            points.append(try SpacePoint(densities.draw(&generator), in: context.space))
        }
        var ratings = points.map { point in
            [-densities.score(point.assignment)] + context.knownLosses(of: point).compactMap { $0 }
        }
        while let index = Self.choose(from: ratings, &generator) {
            let point = points[index]
            if context.isNew(point), context.isMeaningful(point), context.violation(of: point) == 0 {
                return Proposal(assignment: point.assignment, configuration: point.json)
            }
            points.remove(at: index)
            ratings.remove(at: index)
        }
        return try SobolStrategy().propose(context)
    }

    /// The best score; where losses are known, any that none of the others
    /// beats in score and these.
    private static func choose(from ratings: [[Double]], _ generator: inout SeededGenerator) -> Int? {
        guard let front = NonDominatedSort.fronts(ratings, limit: 1).first else { return nil }
        return front[generator.index(below: front.count)]
    }
}
