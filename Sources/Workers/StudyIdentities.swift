import Experiments
import Synchronization

/// The identity of the study that was asked for last, for all slots: to take a
/// hash takes longer than a short trial.
final class StudyIdentities: Sendable {
    private let last = Mutex<(study: Study, hash: String)?>(nil)

    func hash(of study: Study) -> String {
        if let hash = last.withLock({ $0?.study == study ? $0?.hash : nil }) { return hash }
        let hash = study.identityHash
        last.withLock { $0 = (study, hash) }
        return hash
    }
}
