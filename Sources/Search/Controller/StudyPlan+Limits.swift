import Experiments

extension StudyPlan {
    /// How many trials there may be.
    var limit: Int { min(study.search.trials, cut?.trials ?? .max) }

    /// Virtual time of the units that have ended, and of those that are
    /// decided and have not.
    var workload: (ended: Double, outstanding: Double) {
        var (ended, outstanding) = (0.0, 0.0)
        for trial in trials where trial.parent == nil {
            for (rung, unit) in trial.rungs.enumerated() {
                let duration = Double(unit.span.finish) - Double(unit.span.start)
                if trial.hasEnded(at: rung) { ended += duration } else { outstanding += duration }
            }
        }
        return (ended, outstanding)
    }

    /// The cut that has to be recorded now, given what the study has taken:
    /// where all that is proposed is expected to use up a limit.
    func cut(after spending: SearchSpending) -> SearchCut? {
        guard cut == nil, !isProposed else { return nil }
        let reason = SpendingForecast(spending, workload).exceeded(of: study.search.limits)
        return reason.map { SearchCut(trials: trials.count { $0.parent == nil }, reason: $0) }
    }
}
