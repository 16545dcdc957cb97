package import Experiments
import Foundation

/// The folder of one trial on this machine, or of one of its replicates:
/// checkpoints of a command, and the logs of its attempts. It lives as long as
/// the trial.
package struct WorkFolder: Sendable, Hashable {
    package let path: String
    /// Whether an earlier rung or attempt left it.
    package let isResumed: Bool

    /// Makes the folder, or finds it as it was left.
    /// - Parameter identity: the hash of the claim's study.
    package init(of claim: Claim, identity: String, under dataFolder: String) throws(InputError) {
        let replicate = claim.token.purpose == .replicate ? "-replicate-\(claim.token.rung)" : ""
        path =
            Self.folder(of: claim.token.study, identity, under: dataFolder)
            .appending(component: "\(claim.token.trial)\(replicate)").path
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
        try? FileManager.default.removeItem(at: folder(of: study, definition.identityHash, under: dataFolder))
    }

    /// Its name holds the study's identity: ids begin anew with each database,
    /// and several may share a data folder.
    private static func folder(of study: StudyID, _ identity: String, under dataFolder: String) -> URL {
        URL(fileURLWithPath: dataFolder)
            .appending(components: "work", "\(study)-\(identity.prefix(16))")
    }

    package func logPath(attempt: Int) -> String {
        "\(path)/attempt-\(attempt).log"
    }

    package func remove() {
        // What cannot be removed costs space and nothing else.
        try? FileManager.default.removeItem(atPath: path)
    }
}
