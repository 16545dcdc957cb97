import Experiments
import Foundation

/// Trials as a table for people and as CSV for programs.
enum TrialTable {
    /// The objectives at the rung that was reached, and the configuration in a
    /// few words.
    static func text(_ trials: [Trial], of study: Study, withState: Bool) -> String {
        let metrics = shownMetrics(trials, of: study)
        let withRung = withState && study.search.rungs.count > 1
        var table = TextTable(
            headings: ["trial"] + (withState ? ["state"] : []) + (withRung ? ["rung"] : []) + metrics
                + ["configuration"])
        let first = 1 + (withState ? 1 : 0) + (withRung ? 1 : 0)
        table.numeric = Set([0] + Array(first..<first + metrics.count))
        for trial in trials {
            let name = (trial.label ?? trial.parent.map { "from \($0)" }).map { "\($0): " } ?? ""
            let state =
                (withState ? [trial.state.rawValue] : []) + (withRung ? [rung(trial, of: study)] : [])
            let failure =
                trial.failure.map { " (\($0.reason.rawValue))" } ?? ReplicateTable.failures(of: trial)
            table.rows.append(
                ["\(trial.number)"] + state + metrics.map { ReplicateTable.cell($0, of: trial) }
                    + [name + ConfigurationSummary.text(trial, of: study) + failure])
        }
        return table.text
    }

    /// `1 of 2`, from 0; without rungs `0`.
    static func rung(_ trial: Trial, of study: Study) -> String {
        let last = study.search.rungs.count - 1
        return last == 0 ? "\(trial.rung)" : "\(trial.rung) of \(last)"
    }

    /// Every measurement and the whole configuration.
    static func csv(_ trials: [Trial], of study: Study) -> String {
        let metrics = Set(trials.flatMap { $0.measurements.map(\.name) }).sorted()
        var table = TextTable(
            headings: ["number", "state", "label", "seed", "rung", "attempts", "parent"] + metrics + [
                "configuration", "error",
            ])
        table.numeric = Set([0, 3, 4, 5, 6] + Array(7..<7 + metrics.count))
        for trial in trials {
            table.rows.append(
                [
                    "\(trial.number)", trial.state.rawValue, trial.label ?? "", "\(trial.seed)",
                    "\(trial.rung)",
                    "\(trial.attempts)", trial.parent.map { "\($0)" } ?? "",
                ] + metrics.map { name in trial.value(of: name).map { JSON.number($0).canonicalText } ?? "" }
                    + [trial.configuration.canonicalText, trial.failure?.reason.rawValue ?? ""])
        }
        return table.csv
    }

    /// The objectives, and what of them was measured on the test split; where
    /// it is none, the task's main metric there.
    private static func shownMetrics(_ trials: [Trial], of study: Study) -> [String] {
        let objectives = study.objectives.map(\.metric)
        let tests = Set(trials.flatMap { $0.measurements.map(\.name) }).filter { $0.hasPrefix("test_") }
        guard let kind = study.task?.kind, case .native = study.engine else {
            return objectives + tests.filter { $0 != "test_loss" }.sorted()
        }
        let sought = objectives.map { "test_\($0)" }.filter(tests.contains)
        return objectives + (sought.isEmpty ? ["test_\(kind.mainMetric)"].filter(tests.contains) : sought)
    }

    static func number(_ value: Double?) -> String {
        guard let value else { return "-" }
        if let whole = Int(exactly: value), abs(whole) < 1 << 53 { return grouped(whole) }
        return abs(value) >= 0.001 && abs(value) < 1e6
            ? String(format: abs(value) < 10 ? "%.4f" : "%.2f", value) : ConfigurationSummary.short(value)
    }

    private static func grouped(_ whole: Int) -> String {
        var digits = String(abs(whole))
        var text = ""
        while digits.count > 3 {
            text = "," + digits.suffix(3) + text
            digits.removeLast(3)
        }
        return (whole < 0 ? "-" : "") + digits + text
    }
}
