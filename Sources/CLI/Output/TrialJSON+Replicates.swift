import Experiments
import Search

extension TrialJSON {
    /// The members of a trial, with its replicates where it has some.
    static func withReplicates(of trial: Trial, _ study: Study, _ members: [String: JSON]) -> JSON {
        guard !trial.replicates.isEmpty else { return .object(members) }
        var members = members
        members["replicates"] = .array(trial.replicates.map { replicate($0, of: study) })
        members["intervals"] = intervals(of: trial, study)
        return .object(members)
    }

    private static func replicate(_ replicate: Replicate, of study: Study) -> JSON {
        let values = study.objectives.compactMap { objective in
            replicate.value(of: objective.metric).map { (objective.metric, JSON.number($0)) }
        }
        return [
            "number": .integer(replicate.number), "seed": .integer(Int(clamping: replicate.seed)),
            "values": .object(Dictionary(values) { first, _ in first }),
            "measurements": measurements(replicate.measurements),
            "error": replicate.failure.map {
                ["reason": .string($0.reason.rawValue), "detail": .string($0.detail)]
            } ?? .null,
        ]
    }

    /// Of each objective over the trial's own seed and those of its replicates.
    private static func intervals(of trial: Trial, _ study: Study) -> JSON {
        var intervals: [String: JSON] = [:]
        for metric in study.objectives.map(\.metric) {
            guard let value = ReplicatedValue(of: metric, in: trial) else { continue }
            intervals[metric] = [
                "mean": .number(value.mean), "count": .integer(value.count),
                "low": JSON(value.halfWidth.map { value.mean - $0 }),
                "high": JSON(value.halfWidth.map { value.mean + $0 }),
            ]
        }
        return .object(intervals)
    }
}
