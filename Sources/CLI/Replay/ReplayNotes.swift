import Experiments
import Foundation

/// What an unfinished replay of a study has found the same so far, a file a
/// training under the data folder.
///
/// A note holds for one record, program and machine; nothing is taken from
/// here once the replay is done.
struct ReplayNotes {
    private let folder: String

    init(of stored: StoredStudy, in dataFolder: String) {
        folder = "\(dataFolder)/replays/\(stored.id)-\(stored.hash.prefix(16))"
    }

    /// Of all that was compared, and with what.
    func key(of task: ReplayTask, _ study: Study, by replay: TrialReplay) -> String {
        ContentHash.sha256(
            of: [
                "program": .string(replay.machine.program),
                "compute_class": JSON(replay.machine.computeClass?.description),
                "tolerance": JSON(replay.tolerance),
                "trials": .array(([task.trial] + task.compared).map { TrialJSON.trial($0, of: study) }),
                "rungs": TrialJSON.rungs(task.trial, of: study),
                "records": .array(task.records.map(\.json)), "replicate": JSON(task.replicate?.number),
            ])
    }

    /// Nil where there is no such note.
    func reports(of task: ReplayTask, key: String) -> [JSON]? {
        guard let data = FileManager.default.contents(atPath: path(task)),
            let note = try? JSON.parse(Array(data)), note["key"] == .string(key)
        else { return nil }
        return note["reports"]?.array
    }

    func note(_ reports: [JSON], of task: ReplayTask, key: String) {
        let note: JSON = ["key": .string(key), "reports": .array(reports)]
        // What cannot be noted is trained again after an interruption.
        try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try? Data(note.canonicalText.utf8).write(to: URL(fileURLWithPath: path(task)), options: .atomic)
    }

    func remove() { try? FileManager.default.removeItem(atPath: folder) }

    private func path(_ task: ReplayTask) -> String {
        let replicate = task.replicate.map { "-replicate-\($0.number)" } ?? ""
        return "\(folder)/\(task.trial.number)\(replicate).json"
    }
}
