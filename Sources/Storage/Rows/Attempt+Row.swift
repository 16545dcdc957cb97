import Experiments

extension Attempt {
    init(_ row: PostgresRow) throws {
        self.init(
            number: try row.integer("attempt"), rung: try row.integer("rung"),
            purpose: try row.value("purpose"), worker: try row.text("worker_id"),
            outcome: try row.text("outcome"), detail: try row.optionalText("detail"),
            reports: try (row.json("reports").array ?? []).map { json in
                guard let report = Report(json) else {
                    throw row.unreadable("reports", "holds something else")
                }
                return report
            })
        guard try row.optionalText("record") != nil else { return }
        guard let record = try AttemptRecord(json: row.json("record")) else {
            throw row.unreadable("record", "holds something else")
        }
        self.record = record
    }
}

extension RunningTrial {
    init(_ row: PostgresRow) throws {
        self.init(
            number: try row.integer("trial_number"), rung: try row.integer("rung"),
            purpose: try row.value("purpose"), attempt: try row.integer("attempt"),
            worker: try row.text("worker_id"),
            report: try row.optionalText("report") == nil ? nil : Report(row.json("report")),
            seconds: try row.double("seconds"))
    }
}

extension Report {
    /// From `[step, metrics]`.
    init?(_ json: JSON) {
        guard let parts = json.array, parts.count == 2, let step = parts[0].integer,
            let metrics = parts[1].object
        else { return nil }
        self.init(step: step, metrics: metrics.compactMapValues(\.number))
    }

    /// The metrics travel as a string, so that their text is stored untouched.
    var parameter: JSON {
        [
            "step": .integer(step),
            "metrics": .string(JSON.object(metrics.mapValues(JSON.number)).canonicalText),
        ]
    }
}
