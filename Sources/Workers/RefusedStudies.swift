import Experiments
import Synchronization

/// The studies that this process has found it cannot run, for all its slots:
/// they are not claimed again, unless what they lacked has come.
final class RefusedStudies: Sendable {
    private struct State {
        /// With the study where it lacked something that may come.
        var studies: [StudyID: Study?] = [:]
        var nextLook = Duration.zero
    }

    /// Between two looks for what was lacking.
    private static let pause = Duration.seconds(30)
    private let state = Mutex(State())

    var all: Set<StudyID> { state.withLock { Set($0.studies.keys) } }

    /// - Parameter study: given if it lacks something that may come.
    /// - Returns: whether it is new.
    func insert(_ identifier: StudyID, lacking study: Study? = nil) -> Bool {
        state.withLock { $0.studies.updateValue(study, forKey: identifier) == nil }
    }

    func remove(_ identifier: StudyID) {
        state.withLock { _ = $0.studies.removeValue(forKey: identifier) }
    }

    /// Those that lacked something, if it is time to look for it again; for
    /// whoever asks first.
    func due(at now: Duration) -> [(StudyID, Study)] {
        state.withLock { state in
            guard now >= state.nextLook else { return [] }
            state.nextLook = now + Self.pause
            return state.studies.compactMap { identifier, study in study.map { (identifier, $0) } }
        }
    }
}
