import Experiments
import Search

/// How far a study has come, at one look.
struct ProgressSnapshot: Sendable {
    var study: Study
    var state: StudyState
    var counts: [TrialState: Int] = [:]
    var pendingTests = 0
    var running: [RunningTrial] = []
    /// Final trials, by number.
    var finished: [Trial] = []
    var frontSize = 0
    var hypervolume: Double?
    /// Since this process began to watch.
    var elapsed: Duration = .zero
    /// Final trials when it began.
    var finishedBefore = 0

    var finishedCount: Int { counts.filter { $0.key.isFinal }.reduce(0) { $0 + $1.value } }

    /// The trial with the best first objective.
    var best: Trial? {
        guard let objective = study.objectives.first else { return nil }
        let rated = finished.compactMap { trial in trial.value(of: objective.metric).map { (trial, $0) } }
        return rated.max { a, b in
            objective.direction == .maximize ? a.1 < b.1 : a.1 > b.1
        }?.0
    }

    /// At the pace so far; nil before the first trial has ended.
    var remaining: Duration? {
        let done = finishedCount - finishedBefore
        guard done > 0 else { return nil }
        return elapsed / done * max(0, study.search.trials - finishedCount)
    }
}
