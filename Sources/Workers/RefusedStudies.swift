import Experiments
import Synchronization

/// The studies that this process has found it cannot run, for all its slots:
/// they are not claimed again.
final class RefusedStudies: Sendable {
    private let studies = Mutex<Set<StudyID>>([])

    var all: Set<StudyID> { studies.withLock { $0 } }

    /// - Returns: whether it is new.
    func insert(_ study: StudyID) -> Bool { studies.withLock { $0.insert(study).inserted } }
}
