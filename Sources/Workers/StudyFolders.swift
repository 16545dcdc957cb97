import Experiments
import Synchronization

/// The folder of the study that was asked for last, for all slots: to take the
/// hash that is in its name takes longer than a short trial.
final class StudyFolders: Sendable {
    private let dataFolder: String
    private let last = Mutex<(id: StudyID, study: Study, path: String)?>(nil)

    init(under dataFolder: String) {
        self.dataFolder = dataFolder
    }

    func path(of id: StudyID, _ study: Study) -> String {
        if let path = last.withLock({ $0?.id == id && $0?.study == study ? $0?.path : nil }) { return path }
        let path = WorkFolder.folder(of: id, study, under: dataFolder)
        last.withLock { $0 = (id, study, path) }
        return path
    }
}
