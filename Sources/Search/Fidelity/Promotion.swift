/// Which trials go on to a higher rung: asynchronous successive halving (Li et
/// al. 2020, "A system for massively parallel hyperparameter tuning") by
/// non-dominated rank (MO-ASHA; Schmucker et al. 2021), with its promotions
/// delayed (D-ASHA; Li et al. 2022, "Hyper-Tune").
///
/// Of the trials that were measured at rung r so far, the best s_r / s_(r+1)
/// may go on, s being the rungs' shares of the training steps, as long as no
/// more than that share went on before. Who was not among them may be later,
/// when more have been measured. Who asks first gets the best one of the
/// highest rung that has one. Baselines go on in any case and take nobody's
/// place, but who is worse than they are, or does what they do, comes later.
///
/// It sees virtual completions alone, in their order, and never a clock.
package struct Promotion: Sendable {
    private struct Rung: Sendable {
        /// In the order of virtual completion; those that lack an objective
        /// are left out.
        var results: [RungResult] = []
        /// Numbers of those that go on whatever they reached, ascending.
        var exempt: [Int] = []
        /// How many of `results` are not exempt.
        var searched = 0
        var promoted: Set<Int> = []
        /// Those that are not exempt and may go on, the best first; nil when
        /// results have come since it was made.
        var best: [Int]?

        /// How many went on that were not exempt.
        var spent: Int { promoted.count - exempt.count { promoted.contains($0) } }
    }

    private let shares: [Double]
    /// All but the last.
    private var rungs: [Rung]
    /// Whether a trial was measured at the last rung.
    private var hasFinished = false

    /// The rule for a study's rungs.
    /// - Parameter shares: ascending, the last one 1.
    package init(shares: [Double]) {
        self.shares = shares
        rungs = Array(repeating: Rung(), count: max(0, shares.count - 1))
    }

    /// Notes what a trial reached at a rung. What failed there is not noted.
    /// - Parameter isExempt: whether it goes on whatever it reached, beside the
    ///   share; others are compared with it all the same.
    package mutating func add(_ result: RungResult, at rung: Int, isExempt: Bool = false) {
        guard rungs.indices.contains(rung) else {
            hasFinished = hasFinished || result.losses != nil
            return
        }
        if result.losses != nil {
            rungs[rung].results.append(result)
            rungs[rung].best = nil
        }
        if isExempt {
            let place = rungs[rung].exempt.firstIndex { $0 > result.number }
            rungs[rung].exempt.insert(result.number, at: place ?? rungs[rung].exempt.count)
        } else if result.losses != nil {
            rungs[rung].searched += 1
        }
    }

    /// Notes that a trial was let go on to a rung.
    package mutating func promote(_ unit: TrainingUnit) {
        guard rungs.indices.contains(unit.rung - 1) else { return }
        rungs[unit.rung - 1].promoted.insert(unit.trial)
    }

    /// The trial that goes on next, and to which rung; nil when none may.
    package mutating func next() -> TrainingUnit? {
        for rung in rungs.indices.reversed() {
            if let trial = candidate(at: rung) { return TrainingUnit(trial: trial, rung: rung + 1) }
        }
        return nil
    }

    /// Where the search has ended and no trial has reached the last rung, the
    /// best of those that came farthest: a search that was paid for has a
    /// front. Nil when one has, or none is left.
    package func lastResort() -> TrainingUnit? {
        guard !hasFinished else { return nil }
        for (index, rung) in rungs.enumerated().reversed() {
            let left = rung.results.filter { !rung.promoted.contains($0.number) }
            if let best = RungRanking.best(1, of: left).first {
                return TrainingUnit(trial: best, rung: index + 1)
            }
        }
        return nil
    }

    private mutating func candidate(at index: Int) -> Int? {
        let promoted = rungs[index].promoted
        if let exempt = rungs[index].exempt.first(where: { !promoted.contains($0) }) { return exempt }
        let places = Self.places(of: rungs[index].searched, shares[index] / shares[index + 1])
        guard rungs[index].spent < places else { return nil }
        if rungs[index].best == nil {
            let exempt = rungs[index].exempt
            let ranked = RungRanking.best(places + exempt.count, of: rungs[index].results)
            rungs[index].best = Array(ranked.filter { !exempt.contains($0) }.prefix(places))
        }
        return rungs[index].best?.first { !promoted.contains($0) }
    }

    /// How many of `count` go on. A third of three is one, whatever the
    /// shares' rounding.
    static func places(of count: Int, _ share: Double) -> Int {
        Int((Double(count) * share + 1e-9).rounded(.down))
    }
}
