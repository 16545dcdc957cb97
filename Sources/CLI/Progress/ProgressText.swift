import Experiments
import Foundation

/// Progress in words: a block for a terminal, lines for a pipe.
enum ProgressText {
    /// The block, no line wider than `width`.
    static func block(_ snapshot: ProgressSnapshot, width: Int) -> [String] {
        var lines = [headline(snapshot, width: width)]
        let hasRungs = snapshot.study.search.rungs.count > 1
        for running in snapshot.running.prefix(8) {
            lines.append("  " + text(running, withRung: hasRungs))
        }
        if hasRungs { lines.append("rungs   " + rungs(snapshot)) }
        if let best = snapshot.best {
            lines.append("best    " + values(best, snapshot.study) + "  trial \(best.number)")
        }
        let volume = snapshot.hypervolume.map { String(format: ", hypervolume %.4f", $0) } ?? ""
        lines.append("front   \(snapshot.frontSize) points\(volume)")
        if let left = left(snapshot) { lines.append("budget  " + left) }
        lines.append(
            "time    \(text(snapshot.elapsed))"
                + (snapshot.remaining.map { ", about \(text($0)) left" } ?? ""))
        return lines.map { String($0.prefix(width - 1)) }
    }

    /// One line on a trial that has ended or reached a rung; `finished` have.
    static func line(_ trial: Trial, finished: Int, _ snapshot: ProgressSnapshot) -> String {
        let outcome =
            trial.failure.map { "failed (\($0.reason.rawValue)): \(tellingLine(of: $0))" }
            ?? "\(trial.state.rawValue)\(rung(of: trial, snapshot.study)): \(values(trial, snapshot.study))"
        let volume = snapshot.hypervolume.map { String(format: ", hypervolume %.4f", $0) } ?? ""
        let name = (trial.label ?? trial.parent.map { "derived from \($0)" }).map { " (\($0))" } ?? ""
        return
            "trial \(trial.number)\(name) \(outcome); \(count(finished, snapshot))"
            + ", front \(snapshot.frontSize)\(volume)" + (left(snapshot).map { ", \($0)" } ?? "")
    }

    /// Of a budget in time or energy the number of trials is not the measure.
    private static func count(_ finished: Int, _ snapshot: ProgressSnapshot) -> String {
        snapshot.study.search.limits.areMeasured
            ? "\(finished) trials" : "\(finished)/\(snapshot.study.search.trials) trials"
    }

    private static func left(_ snapshot: ProgressSnapshot) -> String? {
        snapshot.spending.flatMap { LimitsText.left($0, of: snapshot.study.search.limits) }
    }

    private static func rung(of trial: Trial, _ study: Study) -> String {
        trial.state == .done || study.search.rungs.count == 1
            ? "" : " at rung \(TrialTable.rung(trial, of: study))"
    }

    private static func rungs(_ snapshot: ProgressSnapshot) -> String {
        let waiting = snapshot.counts[.paused] ?? 0
        return "\(waiting) waiting, \(snapshot.promotions) promoted, "
            + String(format: "%.1f full trainings", snapshot.trainings)
    }

    private static func headline(_ snapshot: ProgressSnapshot, width: Int) -> String {
        let cells = max(10, min(40, width - 50))
        let filled = Int(snapshot.share * Double(cells))
        let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: cells - filled)
        let failed = snapshot.counts[.failed].map { $0 > 0 ? ", \($0) failed" : "" } ?? ""
        let derived = snapshot.derived > 0 ? ", \(snapshot.derived) derived" : ""
        let phase = phase(of: snapshot).map { ", \($0)" } ?? ""
        let count = count(snapshot.restingCount, snapshot)
        return "\(snapshot.study.name)  \(bar) \(count)\(derived)\(failed)\(phase)"
    }

    /// What is done once the search is over, or that nothing begins; else nil.
    static func phase(of snapshot: ProgressSnapshot) -> String? {
        if snapshot.isPaused { return "paused: peftsearch study resume \(snapshot.study.name)" }
        if snapshot.pendingReplicates > 0 {
            let noun = snapshot.pendingReplicates == 1 ? "training" : "trainings"
            return "replicating the front: \(snapshot.pendingReplicates) \(noun) left"
        }
        return snapshot.pendingTests > 0 ? "measuring the test split of \(snapshot.pendingTests)" : nil
    }

    /// A line on a pause that began or ended.
    static func pause(of snapshot: ProgressSnapshot) -> String {
        "study \(snapshot.study.name) "
            + (snapshot.isPaused
                ? "is paused, and goes on after: peftsearch study resume \(snapshot.study.name)" : "goes on")
    }

    private static func text(_ running: RunningTrial, withRung: Bool) -> String {
        var text = "trial \(running.number)"
        if withRung, running.purpose == .train { text += " rung \(running.rung)" }
        if running.purpose == .test { text += " test" }
        if running.purpose == .replicate { text += " replicate \(running.rung)" }
        if running.attempt > 1 { text += " attempt \(running.attempt)" }
        if let report = running.report {
            let total = report.metrics["steps"].flatMap { Int(exactly: $0) }
            text += "  step \(report.step)" + (total.map { "/\($0)" } ?? "")
            for (name, value) in report.metrics.sorted(by: { $0.key < $1.key }) where name != "steps" {
                text += "  \(name) \(TrialTable.number(value))"
            }
        }
        return text + "  \(Self.text(.seconds(running.seconds)))"
    }

    private static func values(_ trial: Trial, _ study: Study) -> String {
        study.objectives.map { "\($0.metric) \(TrialTable.number(trial.value(of: $0.metric)))" }
            .joined(separator: ", ")
    }

    /// The first line, which says why, and of a crash also the last, where a
    /// traceback names its error.
    private static func tellingLine(of failure: TrialFailure) -> String {
        let lines = failure.detail.split(separator: "\n")
        let telling =
            failure.reason == .crashed && lines.count > 1
            ? [lines[0], lines[lines.count - 1]] : lines.prefix(1)
        return String(telling.joined(separator: ": ").prefix(160))
    }

    /// `1:02:03` or `2:03`.
    static func text(_ duration: Duration) -> String {
        let seconds = Int(duration.components.seconds)
        let (hours, minutes) = (seconds / 3600, seconds / 60 % 60)
        return hours > 0
            ? String(format: "%d:%02d:%02d", hours, minutes, seconds % 60)
            : String(format: "%d:%02d", minutes, seconds % 60)
    }
}
