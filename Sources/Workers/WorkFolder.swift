package import Experiments
import Foundation

/// The folder of one trial on this machine: checkpoints of a command, and the
/// logs of its attempts. It lives as long as the trial.
package struct WorkFolder: Sendable, Hashable {
    package let path: String
    /// Whether an earlier rung or attempt left it.
    package let isResumed: Bool

    /// Makes the folder, or finds it as it was left.
    package init(of token: WorkToken, under dataFolder: String) throws(InputError) {
        path =
            URL(fileURLWithPath: dataFolder)
            .appending(components: "work", String(token.study), String(token.trial)).path
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
