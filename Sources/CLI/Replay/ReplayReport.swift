import Experiments

/// What came of a replay of one trial or replicate.
struct ReplayReport: Sendable {
    /// What a replay answers.
    enum Verdict: String, Sendable {
        /// Bit for bit.
        case same
        /// In another compute class, as far as was asked for.
        case withinTolerance = "within_tolerance"
        case differs
    }

    let study: String
    let trial: Trial
    let replicate: Replicate?
    let task: ReplayTask
    let machine: ReplayMachine
    /// False where a difference was found before.
    let isTrained: Bool
    let comparison: ReplayComparison
    /// In the order in which one explains the next.
    let differences: [ReplayDifference]
    /// SHA-256 of the tensors that were trained, where there are any.
    let artifact: String?
    /// The class of what was trained; nil where nothing was.
    let computeClass: String?

    var verdict: Verdict {
        guard differences.isEmpty else { return .differs }
        return comparison.tolerance == nil ? .same : .withinTolerance
    }

    var recordedArtifact: String? {
        replicate == nil ? trial.artifact : task.record(at: 0)?.artifact
    }

    private var record: AttemptRecord? { task.records.last }

    var json: JSON {
        [
            "study": .string(study), "trial": .integer(trial.number),
            "replicate": JSON(replicate?.number), "parent": JSON(trial.parent),
            "seed": .integer(Int(clamping: task.seed)),
            "verdict": .string(verdict.rawValue), "trained": .bool(isTrained),
            "tolerance": JSON(comparison.tolerance),
            "first_difference": differences.first?.json ?? .null,
            "differences": .array(differences.map(\.json)),
            "program": ["recorded": JSON(record?.program), "found": .string(machine.program)],
            "threads": JSON(record?.threads),
            "compute_class": [
                "recorded": JSON(task.computeClasses.last),
                "found": JSON(computeClass ?? machine.computeClass?.description),
            ],
            "steps": JSON(comparison.steps),
            "measurements": .array(comparison.values.map(Self.json)),
            "artifact": ["recorded": JSON(recordedArtifact), "found": JSON(artifact)],
        ]
    }

    private static func json(_ value: ReplayComparison.Value) -> JSON {
        [
            "rung": .integer(value.rung), "name": .string(value.name), "kind": .string(value.kind.rawValue),
            "recorded": JSON(value.recorded), "found": JSON(value.found),
            "same": value.isSame.map(JSON.bool) ?? .null,
        ]
    }
}

extension ReplayReport {
    /// For people: the answer, then everything that was compared.
    var text: String {
        var lines = ["\(task.name(of: trial)) of \(study): \(answer)"]
        lines += differences.prefix(1).map { "first difference: \($0.text)" }
        if isTrained {
            let steps = comparison.steps.map { "\($0) steps, " } ?? ""
            lines.append("trained again with seed \(task.seed): \(steps)\(computeClass ?? "no result")")
        } else {
            lines.append("not trained again: \(remedy)")
        }
        guard !comparison.values.isEmpty else { return lines.joined(separator: "\n") }
        var table = TextTable(headings: ["rung", "measurement", "recorded", "found", "kind", "compared"])
        table.numeric = [0, 2, 3]
        table.rows = comparison.values.map { value in
            [
                "\(value.rung)", value.name, Self.text(value.recorded), Self.text(value.found),
                value.kind.rawValue, value.isSame.map { $0 ? "same" : "differs" } ?? "not compared",
            ]
        }
        lines += ["", table.text]
        if recordedArtifact != nil || artifact != nil {
            let isSame = recordedArtifact == artifact
            lines += [
                "",
                "trained tensors: SHA-256 \(artifact ?? "none"), \(isSame ? "the same" : "recorded \(recordedArtifact ?? "none")")",
            ]
        }
        return lines.joined(separator: "\n")
    }

    private var answer: String {
        switch verdict {
        case .same: "the same, bit for bit"
        case .withinTolerance: "the same within \(Self.text(comparison.tolerance)), in another compute class"
        case .differs: "differs"
        }
    }

    private var remedy: String {
        switch differences.first?.quantity {
        case .computeClass:
            "bits are promised within a compute class alone; --tolerance 0.01 trains all the same and compares so far"
        case .engine: "with the program that made the study it can be"
        default: "it would be another training"
        }
    }

    private static func text(_ value: Double?) -> String {
        value.map { JSON.number($0).canonicalText } ?? ""
    }
}

extension ReplayTask {
    /// The same of one of those that it is compared with.
    func name(of trial: Trial) -> String {
        trial.number == self.trial.number ? name : "trial \(trial.number), derived from \(name),"
    }
}
