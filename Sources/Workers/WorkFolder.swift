package import Experiments
import Foundation

/// The folder of one trial on this machine: checkpoints of a command, and the
/// logs of its attempts. It lives as long as the trial.
package struct WorkFolder: Sendable, Hashable {
    package let path: String
    /// Whether an earlier rung or attempt left it.
    package let isResumed: Bool

    /// Makes the folder, or finds it as it was left.
    ///
    /// Its name holds the study's identity: ids begin anew with each database,
    /// and several may share a data folder.
    package init(of claim: Claim, under dataFolder: String) throws(InputError) {
        path =
            URL(fileURLWithPath: dataFolder)
            .appending(
                components: "work", "\(claim.token.study)-\(claim.study.identityHash.prefix(16))",
                String(claim.token.trial)
            ).path
        isResumed = FileManager.default.fileExists(atPath: path)
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            throw InputError(
                path, reason: "cannot be made: \(error.localizedDescription)",
                suggestion: "name a folder that the worker may write to: --data-dir DIR")
        }
    }

    package func logPath(attempt: Int) -> String {
        "\(path)/attempt-\(attempt).log"
    }

    package func remove() {
        // What cannot be removed costs space and nothing else.
        try? FileManager.default.removeItem(atPath: path)
    }
}
