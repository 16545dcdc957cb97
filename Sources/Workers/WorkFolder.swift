package import Experiments
import Foundation
import Glibc

/// The folder of one trial on this machine, or of one of its replicates:
/// checkpoints of a command, and the logs of its attempts. It lives as long as
/// the trial.
package struct WorkFolder: Sendable, Hashable {
    package let path: String
    /// Whether an earlier rung or attempt left it.
    package let isResumed: Bool

    /// Makes the folder, or finds it as it was left.
    init(of claim: Claim, in folders: StudyFolders) throws(InputError) {
        let replicate = claim.token.purpose == .replicate ? "-replicate-\(claim.token.rung)" : ""
        path = "\(folders.path(of: claim.token.study, claim.study))/\(claim.token.trial)\(replicate)"
        // Mostly all but the last part is there.
        if mkdir(path, 0o777) == 0 {
            isResumed = false
            return
        }
        isResumed = FileManager.default.fileExists(atPath: path)
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            throw InputError(
                path, reason: "cannot be made: \(error.localizedDescription)",
                suggestion: "name a folder that the worker may write to: --data-dir DIR")
        }
    }

    /// Removes the folders of all trials of a study from this machine.
    package static func remove(study: StudyID, _ definition: Study, under dataFolder: String) {
        try? FileManager.default.removeItem(atPath: folder(of: study, definition, under: dataFolder))
    }

    /// Its name holds the study's identity: ids begin anew with each database,
    /// and several may share a data folder.
    static func folder(of study: StudyID, _ definition: Study, under dataFolder: String) -> String {
        URL(fileURLWithPath: dataFolder)
            .appending(components: "work", "\(study)-\(definition.identityHash.prefix(16))").path
    }

    package func logPath(attempt: Int) -> String {
        "\(path)/attempt-\(attempt).log"
    }

    package func remove() {
        if rmdir(path) == 0 { return }
        // What cannot be removed costs space and nothing else.
        try? FileManager.default.removeItem(atPath: path)
    }
}
