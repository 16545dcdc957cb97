package import Experiments

/// Proposals from what finished studies found, in the place of some of a
/// strategy's first ones.
///
/// Every strategy profits, because what is proposed here becomes parents, good
/// trials or data of its own. Harm is bounded: at most half of the first
/// proposals, falling to none after 24, the fewer the less the sources agree
/// with what was measured, and none from a source that does not.
package struct WarmStartSampler {
    private let context: ProposalContext
    private let warmStart: WarmStart
    private let encoder: PointEncoder

    private static let horizon = 24.0
    private static let largestShare = 0.5

    /// - Parameter context: of the proposal.
    package init(_ context: ProposalContext, _ warmStart: WarmStart) {
        self.context = context
        self.warmStart = warmStart
        encoder = PointEncoder(context.space, costs: context.costs)
    }

    /// - Parameter place: of the proposal among those after the baselines, from
    ///   0.
    /// - Returns: nil where the strategy proposes.
    package func proposal(place: Int) throws(InputError) -> Proposal? {
        let share = Self.largestShare * (1 - Double(place) / Self.horizon)
        guard share > 0, !warmStart.sources.isEmpty else { return nil }
        let models = warmStart.sources.map { SourceModel($0, in: context.space, encoder) }
        let trained = context.trained
        let weights = models.map { max(0, $0.agreement(with: trained, in: context.space)) }
        let best = weights.max() ?? 0
        var generator = SeededGenerator(
            seed: context.seed, purpose: "warm start", UInt64(context.number))
        guard generator.uniform() < share * min(1, 2 * best) else { return nil }
        var mark = generator.uniform() * weights.reduce(0, +)
        let chosen = weights.firstIndex { weight in
            mark -= weight
            return mark < 0
        }
        return try proposal(from: models[chosen ?? 0])
    }

    /// What the source found best and nobody has tried here, or else a child
    /// of two such.
    private func proposal(from model: SourceModel) throws(InputError) -> Proposal? {
        let best = model.best(context)
        for assignment in best {
            let point = try SpacePoint(assignment, in: context.space)
            guard context.isNew(point), context.isMeaningful(point), context.violation(of: point) == 0 else {
                continue
            }
            return Proposal(assignment: point.assignment, configuration: point.json)
        }
        guard best.count >= 2 else { return nil }
        let variation = Variation(context.space)
        return try context.firstNew("warm child", tries: 20) { generator in
            let first = best[generator.index(below: best.count)]
            return variation.child(of: first, best[generator.index(below: best.count)], &generator)
        }
    }
}
