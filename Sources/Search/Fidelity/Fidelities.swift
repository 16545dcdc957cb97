public import Experiments

/// What a study's rungs cost, in trainings at full fidelity.
public struct Fidelities: Sendable, Hashable {
    /// Ascending shares of the training steps, the last one 1.
    public let shares: [Double]

    /// Of a study.
    public init(of study: Study) {
        shares = study.search.rungs
    }

    /// Whether there is anything between nothing and everything.
    public var areSeveral: Bool { shares.count > 1 }

    /// The share of the trials that are expected at each rung: those that
    /// successive halving promotes when none of them fails.
    public var expectedArrivals: [Double] { shares.map { shares[0] / $0 } }

    /// What a searched trial is expected to cost.
    public var expectedCost: Double {
        zip(shares.indices, expectedArrivals).reduce(0) { $0 + $1.1 * step(to: $1.0) }
    }

    /// What trials have cost so far: each the share of the rung that it has
    /// reached, or of the one before if it is still on its way or failed. What
    /// was derived cost no training.
    public func cost(of trials: some Sequence<Trial>) -> Double {
        trials.filter { $0.parent == nil }.reduce(0) { sum, trial in
            let reached = trial.hasEnded(at: trial.rung) && !trial.hasFailed(at: trial.rung)
            let rung = reached ? trial.rung : trial.rung - 1
            return sum + (shares.indices.contains(rung) ? shares[rung] : 0)
        }
    }

    /// The share of the training steps between a rung and the one before.
    func step(to rung: Int) -> Double {
        rung == 0 ? shares[0] : shares[rung] - shares[rung - 1]
    }
}
