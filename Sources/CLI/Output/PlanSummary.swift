import Experiments
import Foundation
import Search

/// A plan for people and for programs.
struct PlanSummary: Sendable {
    var study: Study
    /// Of the study file.
    let path: String
    var budget: SearchBudget
    /// Nil where they are unknown before the study runs.
    var costs: PlannedCosts?
    let slots: Int
    let cores: Int
    let freeDiskBytes: Double?

    /// Of the whole study, spread over the slots.
    var wallSeconds: Double? { costs.map { $0.cpuSeconds / Double(sideBySide) } }

    /// Trials that really run at once: proposals wait for one another, and
    /// more slots than cores share them. What a command needs of a core nobody
    /// knows.
    var sideBySide: Int {
        max(1, min(slots, costs == nil ? slots : cores, study.search.parallelism))
    }

    /// Baselines that the budget buys.
    var baselines: Int { min(budget.baselineCount, budget.trials) }

    /// Why the costs are unknown, and what to do; nil where they are known.
    var unknown: (reason: String, suggestion: String)? {
        guard costs == nil else { return nil }
        return (
            "seconds, memory and disk are unknown: what a command takes is known once it has run",
            "time peftsearch train \(path) --configuration FILE: one trial of \(budget.trials), "
                + "of which \(sideBySide) run at once"
        )
    }

    /// What is worth knowing before the study runs.
    var notes: [String] {
        (study.task?.repetitions ?? []) + (unknown.map { ["\($0.reason); try: \($0.suggestion)"] } ?? [])
    }

    /// Why this budget buys nothing useful, if so.
    var refusal: InputError? {
        let trials = budget.trials
        guard budget.isUseful else {
            return InputError(
                path, key: "search.trials",
                reason: budget.baselineCount > 0
                    ? "\(trials) trial\(trials == 1 ? " is one of the baselines" : "s are the baselines alone"): nothing is searched"
                    : "\(trials) trial is compared with nothing: nothing is searched",
                suggestion: "at least \(budget.suggestedTrials)")
        }
        if let freeDiskBytes, let needed = costs?.forecast.diskBytes, freeDiskBytes < needed {
            return InputError(
                path,
                reason:
                    "the study needs \(Self.bytes(needed)) of disk, \(Self.bytes(freeDiskBytes)) are free",
                suggestion: "--data-dir on another disk")
        }
        return nil
    }

    static func bytes(_ count: Double) -> String {
        count < 1e9 ? String(format: "%.0f MB", count / 1e6) : String(format: "%.1f GB", count / 1e9)
    }
}
