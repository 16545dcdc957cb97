import Experiments

/// The visible trials as a tree-structured Parzen estimator sees them: few good
/// ones with weights, and the rest.
struct TPESplit: Sendable {
    /// The best first.
    let good: [Assignment]
    /// One for each good one, 1 on average.
    let weights: [Double]
    let bad: [Assignment]

    /// How many trials there must be to tell good ones.
    static let enough = 10
    private static let goodShare = 0.2
    private static let mostGood = 25
    /// Of more bad ones every so many-th is looked at: a density needs no more.
    private static let mostBad = 1000
    /// What a good trial weighs that adds nothing to the hypervolume, beside
    /// the one that adds most.
    private static let smallestWeight = 0.1

    /// Good is a fifth of the trials, at most 25: of those that reached the
    /// highest fidelity that enough have reached, the best by constraints,
    /// fronts, and what they add to the hypervolume, which also weighs them.
    /// Trials that failed or fell behind at a lower fidelity are bad, and what
    /// is pending counts as bad too, so that proposals keep apart.
    init(_ context: ProposalContext) {
        let trials = context.trained
        let usable = trials.indices.filter { trials[$0].assignment != nil }
        let level = Self.level(of: trials)
        let rated = usable.filter { trials[$0].losses(at: level) != nil }
        let share = Int((Self.goodShare * Double(usable.count)).rounded(.up))
        let best = Self.best(min(share, Self.mostGood), of: rated, trials, at: level)
        good = best.compactMap { trials[$0.place].assignment }
        weights = Self.weights(best.map(\.contribution))
        let chosen = Set(best.map(\.place))
        let rest = usable.filter { !chosen.contains($0) }
        let count = min(rest.count, Self.mostBad)
        bad =
            (0..<count).compactMap { trials[rest[$0 * rest.count / count]].assignment }
            + context.pending.filter { !$0.isEmpty }
    }

    /// The highest fidelity that enough trials have reached, or that which most
    /// have.
    private static func level(of trials: [VisibleTrial]) -> Double {
        var counts: [Double: Int] = [:]
        for trial in trials where trial.assignment != nil {
            if trial.losses != nil { counts[trial.fidelity, default: 0] += 1 }
            for rung in trial.earlier { counts[rung.fidelity, default: 0] += 1 }
        }
        let most = counts.max { ($0.value, $0.key) < ($1.value, $1.key) }?.key
        return counts.filter { $0.value >= enough }.keys.max() ?? most ?? 1
    }

    private static func best(
        _ count: Int, of rated: [Int], _ trials: [VisibleTrial], at level: Double
    ) -> [(place: Int, contribution: Double)] {
        let feasible = rated.filter { trials[$0].violation == 0 }
        let points = LossRanks.unit(feasible.compactMap { trials[$0].losses(at: level) })
        let chosen = HypervolumeSubset.best(count, of: points)
        let contributions = HypervolumeSubset.contributions(of: chosen.map { points[$0] })
        let broken = rated.filter { trials[$0].violation > 0 }
            .sorted { (trials[$0].violation, $0) < (trials[$1].violation, $1) }
            .prefix(max(0, count - chosen.count))
        return zip(chosen, contributions).map { (feasible[$0], $1) } + broken.map { ($0, 0) }
    }

    private static func weights(_ contributions: [Double]) -> [Double] {
        let largest = contributions.max() ?? 0
        let shares = contributions.map { largest > 0 ? max($0 / largest, smallestWeight) : 1 }
        let mean = shares.reduce(0, +) / Double(max(shares.count, 1))
        return shares.map { $0 / mean }
    }
}

extension VisibleTrial {
    /// Its losses at a fidelity that it reached.
    fileprivate func losses(at level: Double) -> [Double]? {
        fidelity == level ? losses : earlier.first { $0.fidelity == level }?.losses
    }
}
