import ArgumentParser
import Experiments
import Storage

struct TrialCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trial", abstract: "Show one trial: configuration, measurements, attempts.")

    @Argument(help: "The study's name.") var study: String
    @Argument(help: "The trial's number, from 0.") var number: Int
    @Option(help: "How to print it.") var format = OutputFormat.table
    @OptionGroup var database: DatabaseOptions

    func run() async throws {
        let store = try await database.open()
        let stored = try await store.study(study)
        let trial = try await store.trial(number, of: stored)
        let attempts = try await store.studies.attempts(at: number, of: stored.id)
        switch format {
        case .json:
            guard case .object(var members) = TrialJSON.trial(trial, of: stored.study) else { return }
            members["rungs"] = TrialJSON.rungs(trial, of: stored.study)
            members["attempt_history"] = .array(attempts.map { Self.json($0, of: stored.study) })
            try Output.write(JSON.object(members).indentedText)
        case .csv: try Output.write(TrialTable.csv([trial], of: stored.study))
        case .table: try Output.write(Terminal.safe(Self.text(trial, attempts, of: stored.study)))
        }
    }

    private static func json(_ attempt: Attempt, of study: Study) -> JSON {
        [
            "attempt": .integer(attempt.number), "purpose": .string(attempt.purpose.rawValue),
            "rung": .integer(attempt.purpose == .replicate ? study.search.rungs.count - 1 : attempt.rung),
            "replicate": attempt.purpose == .replicate ? .integer(attempt.rung) : .null,
            "worker": .string(attempt.worker),
            "outcome": .string(attempt.outcome), "detail": JSON(attempt.detail),
            "record": attempt.record?.json ?? .null,
            "reports": .array(
                attempt.reports.map {
                    ["step": .integer($0.step), "metrics": .object($0.metrics.mapValues { .number($0) })]
                }),
        ]
    }

    private static func text(_ trial: Trial, _ attempts: [Attempt], of study: Study) -> String {
        var lines = [
            "trial \(trial.number) of \(study.name): \(trial.state.rawValue)"
                + (trial.label.map { ", \($0)" } ?? "")
        ]
        if let parent = trial.parent {
            lines.append("derived from trial \(parent) without training: \(trial.derivation ?? "")")
        }
        if let failure = trial.failure {
            lines.append("\(failure.reason.rawValue): \(failure.detail)")
        }
        lines.append(
            "seed \(trial.seed), rung \(TrialTable.rung(trial, of: study))"
                + (trial.computeClass.map { ", \($0.replacingControls())" } ?? ""))
        for (rung, share) in study.search.rungs.enumerated() where trial.rungs.indices.contains(rung) {
            let measurements = trial.rungs[rung].measurements
            guard !measurements.isEmpty else { continue }
            let isOnly = study.search.rungs.count == 1
            lines +=
                isOnly ? [""] : ["", "at rung \(rung), \(TrialTable.number(share)) of the training steps"]
            lines.append(MeasurementTable.text(measurements))
        }
        if !trial.replicates.isEmpty {
            lines += ["", "from other seeds", ReplicateTable.text(trial, of: study)]
        }
        lines += ["", trial.configuration.indentedText, ""]
        for attempt in attempts {
            let detail = attempt.detail.map { ": \($0)" } ?? ""
            let last = attempt.reports.last.map { ", \($0.step) steps" } ?? ""
            lines.append(
                "attempt \(attempt.number)\(purpose(of: attempt, in: study)) "
                    + "by \(attempt.worker.prefix(8))\(last): \(attempt.outcome)\(detail)")
        }
        return lines.joined(separator: "\n")
    }

    private static func purpose(of attempt: Attempt, in study: Study) -> String {
        if attempt.purpose == .test { return " (test)" }
        if attempt.purpose == .replicate { return " (replicate \(attempt.rung))" }
        return study.search.rungs.count > 1 ? " (rung \(attempt.rung))" : ""
    }
}
