public import Experiments

/// Bayesian optimization: Gaussian processes of what training decides, exact
/// values of what is known before it, and the point that is expected to widen
/// the front most (docs/decisions/0016-gaussian-process-search.md).
///
/// Meant for a few hundred expensive trials; of more, it reads the most telling.
/// Proposals are the same wherever the same library computes on the same kind
/// of processor, as the trials themselves are.
public struct GPStrategy: Strategy {
    /// See `Strategy`.
    public let name = "gp"
    /// See `Strategy`.
    public let version = 3
    let tuning: GPTuning

    /// The strategy has no settings.
    public init() { tuning = GPTuning() }

    package init(tuning: GPTuning) { self.tuning = tuning }

    /// See `Strategy`.
    public func propose(_ context: ProposalContext) throws(InputError) -> Proposal? {
        let encoder = PointEncoder(context.space, costs: context.costs)
        let isNative = !encoder.sizes.isEmpty
        let start =
            isNative ? tuning.nativeStart : min(max(4, encoder.settings.count + 1), tuning.literalStart)
        if context.number < start { return try spread(context, encoder) }
        var pending: [Candidate] = []
        for assignment in context.pending {
            if let candidate = try? context.candidate(assignment, encoder) { pending.append(candidate) }
        }
        let sample = PriorSampler(context.space)
        var generator = SeededGenerator(seed: context.seed, purpose: "gp known", UInt64(context.number))
        let known = try context.candidate(sample.sample(&generator), encoder).known.map { $0 != nil }
        guard
            let model = SurrogateModel(context, encoder, known: known, pending: pending, tuning: tuning)
        else { return try RandomStrategy().propose(context) }
        var search = AcquisitionSearch(context, encoder, model, tuning)
        if let best = try search.best() { return best }
        return try RandomStrategy().propose(context)
    }

    /// Of some draws from the prior the one farthest from all that was proposed.
    private func spread(_ context: ProposalContext, _ encoder: PointEncoder) throws(InputError) -> Proposal? {
        let earlier = (context.visible.compactMap(\.assignment) + context.pending).compactMap {
            try? context.candidate($0, encoder).coordinates
        }
        let sampler = PriorSampler(context.space)
        var best: (distance: Double, point: SpacePoint)?
        for attempt in 0..<24 {
            var generator = SeededGenerator(
                seed: context.seed, purpose: "gp start", UInt64(context.number), UInt64(attempt))
            let candidate = try context.candidate(sampler.sample(&generator), encoder)
            guard candidate.violation == 0, context.isNew(candidate.point),
                context.isMeaningful(candidate.point)
            else { continue }
            let distance = earlier.map { Self.squaredDistance($0, candidate.coordinates) }.min() ?? 0
            if distance > best?.distance ?? -1 { best = (distance, candidate.point) }
        }
        if let best { return Proposal(assignment: best.point.assignment, configuration: best.point.json) }
        return try RandomStrategy().propose(context)
    }

    private static func squaredDistance(_ a: [Double], _ b: [Double]) -> Double {
        zip(a, b).reduce(0.0) { sum, pair in sum + (pair.0 - pair.1) * (pair.0 - pair.1) }
    }
}
