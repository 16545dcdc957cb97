import Experiments
import Search

/// How far a study has come, at one look.
struct ProgressSnapshot: Sendable {
    var study: Study
    var state: StudyState
    var counts: [TrialState: Int] = [:]
    /// Trials that took no training, beside those.
    var derived = 0
    var pendingTests = 0
    var pendingReplicates = 0
    var isPaused = false
    var running: [RunningTrial] = []
    /// Trials that have ended, or begun to wait between rungs, since the look
    /// before, by number.
    var rested: [Trial] = []
    /// How often a trial was let go on to its next rung.
    var promotions = 0
    /// What all trials have cost, in trainings at full fidelity.
    var trainings = 0.0
    /// What training has taken, where a limit asks for it.
    var spending: SearchSpending?
    var frontSize = 0
    /// The trial of the front with the best first objective.
    var best: Trial?
    var hypervolume: Double?
    /// Since this process began to watch.
    var elapsed: Duration = .zero
    /// Trials that had ended or waited when it began.
    var restingBefore = 0

    /// Those that have ended or wait between rungs.
    var restingCount: Int {
        counts.filter { $0.key.isFinal || $0.key == .paused }.reduce(0) { $0 + $1.value }
    }

    /// How far it has come, 0 ... 1: in trials, time or energy, whatever ends
    /// first.
    var share: Double {
        let limits = study.search.limits
        let spending = spending ?? SearchSpending()
        let trials = Double(restingCount) / Double(max(study.search.trials, 1))
        let time = spending.wallSeconds / (limits.wallSeconds ?? .infinity)
        let energy = spending.joules(wattsPerSlot: limits.wattsPerSlot) / (limits.joules ?? .infinity)
        return min(1, max(trials, time, energy))
    }

    /// At the pace so far; nil before the first trial has ended or waits.
    var remaining: Duration? {
        let done = restingCount - restingBefore
        guard done > 0, spending == nil else { return nil }
        return elapsed / done * max(0, study.search.trials - restingCount)
    }
}
