import Experiments
import Foundation

/// The JSON shapes of trials and fronts that others script against; their
/// schemas are in docs/schemas.
enum TrialJSON {
    /// A trial as `trials` and `trial` show it.
    static func trial(_ trial: Trial, of study: Study) -> JSON {
        withReplicates(
            of: trial, study,
            [
                "number": .integer(trial.number),
                "state": .string(trial.state.rawValue),
                "label": JSON(trial.label),
                "seed": .integer(Int(clamping: trial.seed)),
                "rung": .integer(trial.rung),
                "attempts": .integer(trial.attempts),
                "parent": JSON(trial.parent),
                "derivation": JSON(trial.derivation),
                "values": values(trial, of: study),
                "measurements": measurements(trial.measurements),
                "methods": .object(
                    Dictionary(uniqueKeysWithValues: trial.measurements.map { ($0.name, .string($0.method)) })
                ),
                "kinds": .object(
                    Dictionary(
                        uniqueKeysWithValues: trial.measurements.map { ($0.name, .string($0.kind.rawValue)) })
                ),
                "configuration": trial.configuration,
                "exportable_as": exportableAs(trial, of: study),
                "engine": engine(study),
                "compute_class": JSON(trial.computeClass),
                "artifact": JSON(trial.artifact),
                "error": trial.failure.map {
                    ["reason": .string($0.reason.rawValue), "detail": .string($0.detail)]
                } ?? .null,
            ])
    }

    /// What each rung measured that the trial has reached; of a derived one
    /// there is the last alone.
    static func rungs(_ trial: Trial, of study: Study) -> JSON {
        let reached = trial.rungs.indices.filter { rung in
            trial.hasEnded(at: rung) && !trial.hasFailed(at: rung)
                && (trial.parent == nil || rung == trial.rung)
        }
        return .array(
            reached.map { rung in
                [
                    "rung": .integer(rung), "share": .number(study.search.rungs[rung]),
                    "measurements": measurements(trial.rungs[rung].measurements),
                ]
            })
    }

    /// A front as `front` shows it.
    static func front(
        _ members: [Trial], of study: Study, hypervolume: Double?, references: [Objective.Reference]?,
        isTestSeen: Bool
    ) -> JSON {
        [
            "study": .string(study.name),
            "objectives": .array(
                study.objectives.map {
                    ["metric": .string($0.metric), "direction": .string($0.direction.rawValue)]
                }),
            "hypervolume": JSON(hypervolume),
            "reference_point": references.map { .array($0.map { .number($0.worst) }) } ?? .null,
            "test_seen": .bool(isTestSeen),
            "trials": .array(
                members.map { trial in
                    withReplicates(
                        of: trial, study,
                        [
                            "number": .integer(trial.number), "label": JSON(trial.label),
                            "parent": JSON(trial.parent),
                            "values": values(trial, of: study),
                            "measurements": measurements(trial.measurements),
                            "configuration": trial.configuration,
                            "exportable_as": exportableAs(trial, of: study),
                        ])
                }),
        ]
    }

    /// The objectives by name; an objective that was not measured is absent.
    static func values(_ trial: Trial, of study: Study) -> JSON {
        var values: [String: JSON] = [:]
        for objective in study.objectives {
            if let value = trial.value(of: objective.metric) { values[objective.metric] = .number(value) }
        }
        return .object(values)
    }

    static func measurements(_ measurements: [Experiments.Measurement]) -> JSON {
        .object(Dictionary(uniqueKeysWithValues: measurements.map { ($0.name, .number($0.value)) }))
    }

    /// Of a command's trials this program has no model.
    private static func exportableAs(_ trial: Trial, of study: Study) -> JSON {
        guard case .native = study.engine, let model = study.model, let task = study.task,
            let configuration = try? Configuration(json: trial.configuration)
        else { return [] }
        return .array(
            configuration.exportFormats(for: model.family, task: task.kind).map { .string($0.rawValue) })
    }

    static func engine(_ study: Study) -> JSON {
        switch study.engine {
        case .native: "native"
        case .command(let arguments): ["command": .array(arguments.map(JSON.string))]
        }
    }
}
