import Experiments

/// The visible trials as a tree-structured Parzen estimator sees them: few good
/// ones with weights, and the rest.
struct TPESplit: Sendable {
    /// The best first.
    private(set) var good: [Assignment] = []
    /// One for each good one, 1 on average.
    private(set) var weights: [Double] = []
    private(set) var bad: [Assignment] = []

    /// Good are, of the trials that reached the highest fidelity that enough
    /// have reached, those that constraints, fronts and what they add to the
    /// hypervolume put first. Trials that failed or fell behind at a lower
    /// fidelity are bad, and what is pending counts as bad too, so that
    /// proposals keep apart.
    /// - Parameter goodCount: how many of a number of trials are good.
    init(_ context: ProposalContext, goodCount: (Int) -> Int, enough: Int, floor: Double) {
        let trials = context.visible.filter { $0.assignment != nil }
        let level = Self.level(of: trials, enough: enough)
        let rated = trials.indices.filter { trials[$0].losses(at: level) != nil }
        let order = Self.best(rated, of: trials, at: level, count: goodCount(trials.count))
        good = order.indices.compactMap { trials[$0].assignment }
        weights = Self.weights(order.contributions, floor: floor)
        let chosen = Set(order.indices)
        bad = trials.indices.filter { !chosen.contains($0) }.compactMap { trials[$0].assignment }
        bad += context.pending.filter { !$0.isEmpty }
    }

    /// The highest fidelity that `enough` trials have reached, or that which
    /// most have.
    private static func level(of trials: [VisibleTrial], enough: Int) -> Double {
        var counts: [Double: Int] = [:]
        for trial in trials {
            if trial.losses != nil { counts[trial.fidelity, default: 0] += 1 }
            for rung in trial.earlier { counts[rung.fidelity, default: 0] += 1 }
        }
        let most = counts.max { ($0.value, $0.key) < ($1.value, $1.key) }?.key
        return counts.filter { $0.value >= enough }.keys.max() ?? most ?? 1
    }

    private static func best(
        _ rated: [Int], of trials: [VisibleTrial], at level: Double, count: Int
    ) -> (indices: [Int], contributions: [Double]) {
        let feasible = rated.filter { trials[$0].violation == 0 }
        let points = LossRanks.unit(feasible.compactMap { trials[$0].losses(at: level) })
        let chosen = HypervolumeSubset.best(count, of: points)
        let contributions = HypervolumeSubset.contributions(of: chosen.map { points[$0] })
        let broken = rated.filter { trials[$0].violation > 0 }
            .sorted { (trials[$0].violation, $0) < (trials[$1].violation, $1) }
            .prefix(max(0, count - chosen.count))
        return (chosen.map { feasible[$0] } + broken, contributions + broken.map { _ in 0 })
    }

    private static func weights(_ contributions: [Double], floor: Double) -> [Double] {
        let largest = contributions.max() ?? 0
        let shares = contributions.map { largest > 0 ? max($0 / largest, floor) : 1 }
        let mean = shares.reduce(0, +) / Double(max(shares.count, 1))
        return shares.map { $0 / mean }
    }
}

extension VisibleTrial {
    /// Its losses at a fidelity that it reached.
    func losses(at level: Double) -> [Double]? {
        fidelity == level ? losses : earlier.first { $0.fidelity == level }?.losses
    }
}
