public import Experiments
import TestSupport

/// What of a study must depend on nothing but the study: not on workers, not
/// on luck, not on what broke.
public struct StudyRecord: Sendable, Hashable {
    public var trials: [Trial]
    public var front: [FrontVersion]

    init(_ model: StoreModel, of study: StudyID) {
        front = model.frontVersions(of: study)
        trials = model.trials(of: study).map { trial in
            var trial = trial
            trial.attempts = 0
            trial.failure = trial.failure.map { TrialFailure($0.reason, "") }
            for rung in trial.rungs.indices {
                trial.rungs[rung].measurements.removeAll { $0.kind == .observed }
            }
            for place in trial.derived.indices {
                trial.derived[place].measurements.removeAll { $0.kind == .observed }
            }
            for place in trial.replicates.indices {
                trial.replicates[place].measurements.removeAll { $0.kind == .observed }
                let failure = trial.replicates[place].failure
                trial.replicates[place].failure = failure.map { TrialFailure($0.reason, "") }
            }
            return trial
        }
    }

    /// The first difference from another one; nil where there is none.
    /// - Parameter inOtherOrder: whether versions of the front may have come in
    ///   another order, so that the last alone is compared.
    func difference(from other: StudyRecord, inOtherOrder: Bool = false) -> String? {
        for (mine, others) in zip(trials, other.trials) where mine != others {
            return "trial \(mine.number) differs from that of the undisturbed study: "
                + "\(mine.state.rawValue) at rung \(mine.rung), \(others.state.rawValue) at rung \(others.rung)"
        }
        guard trials.count == other.trials.count else {
            return "\(trials.count) trials, \(other.trials.count) in the undisturbed study"
        }
        let isSame =
            inOtherOrder
            ? front.last?.members == other.front.last?.members
                && front.last?.hypervolume == other.front.last?.hypervolume
            : front == other.front
        return isSame
            ? nil
            : "the front's \(front.count) versions differ from the undisturbed study's \(other.front.count)"
    }
}
