import Experiments
import Search

/// What trials measure over several seeds, for people.
enum ReplicateTable {
    /// A number, or of a trial with replicates the mean with half of its 95 %
    /// interval, and how many of them failed.
    static func cell(_ metric: String, of trial: Trial) -> String {
        guard let value = ReplicatedValue(of: metric, in: trial), let halfWidth = value.halfWidth,
            halfWidth > 0
        else { return TrialTable.number(trial.value(of: metric)) }
        return "\(TrialTable.number(value.mean)) ± \(TrialTable.number(halfWidth))"
    }

    /// What the numbers under a front mean that is held by means.
    static func legend(of study: Study) -> String {
        "its members are trained from \(study.search.replicateFront) seeds: mean ± half of its 95 % interval"
    }

    /// ` (1 of 4 other seeds failed)`; empty where none did.
    static func failures(of trial: Trial) -> String {
        let failed = trial.replicates.count { $0.failure != nil }
        return failed == 0 ? "" : " (\(failed) of \(trial.replicates.count) other seeds failed)"
    }

    /// A row for each seed but the trial's own, with the objectives, then their
    /// means over all of them.
    static func text(_ trial: Trial, of study: Study) -> String {
        let metrics = study.objectives.map(\.metric)
        var table = TextTable(headings: ["replicate", "seed"] + metrics + ["outcome"])
        table.numeric = Set(0..<metrics.count + 2)
        for replicate in trial.replicates {
            let outcome =
                replicate.failure.map(\.reason.rawValue) ?? (replicate.hasEnded ? "" : "outstanding")
            table.rows.append(
                ["\(replicate.number)", "\(replicate.seed)"]
                    + metrics.map { TrialTable.number(replicate.value(of: $0)) } + [outcome])
        }
        table.rows.append(["mean", ""] + metrics.map { cell($0, of: trial) } + [""])
        return table.text
    }
}
