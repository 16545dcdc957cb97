public import Experiments

/// What a study's number of trials buys, whatever its engine.
public struct SearchBudget: Sendable, Hashable {
    /// In all.
    public let trials: Int
    /// How many baselines open the study, whatever the budget: 0 where the
    /// space says nothing of the methods.
    public let baselineCount: Int
    /// What the rungs cost.
    public let fidelities: Fidelities

    /// Of a study.
    public init(of study: Study) {
        trials = study.search.trials
        fidelities = Fidelities(of: study)
        baselineCount =
            if case .native = study.space.meaning, let shape = study.model?.shape {
                Baselines(for: study.space, shape: shape).all.count
            } else {
                0
            }
    }

    /// What all trials are expected to cost, in trainings at full fidelity:
    /// baselines go to the last rung, of the others those that successive
    /// halving promotes.
    public var fullTrainings: Double {
        let searched = zip(expectedArrivals, fidelities.shares.indices).reduce(0) { sum, arrivals in
            sum + Double(arrivals.0) * fidelities.step(to: arrivals.1)
        }
        return Double(min(trials, baselineCount)) + searched
    }

    /// How many searched trials are expected at each rung when none fails, as
    /// `Promotion` rounds. Without baselines one reaches the last in any case.
    public var expectedArrivals: [Int] {
        let least = baselineCount == 0 ? min(1, searchedTrials) : 0
        var arrivals = [searchedTrials]
        for (share, next) in zip(fidelities.shares, fidelities.shares.dropFirst()) {
            arrivals.append(max(least, Promotion.places(of: arrivals.last ?? 0, share / next)))
        }
        return arrivals
    }

    /// Trials beyond the baselines.
    public var searchedTrials: Int { max(0, trials - baselineCount) }

    /// Whether something is searched: a trial beyond the baselines, or two
    /// where there are none, because one alone is compared with nothing.
    public var isUseful: Bool { trials > max(baselineCount, 1) }

    /// A budget worth trying instead of one that is of no use: as many
    /// searched trials as baselines.
    public var suggestedTrials: Int { max(2 * baselineCount, 2) }
}
