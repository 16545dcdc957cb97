import Experiments

extension Trial {
    init(_ row: PostgresRow) throws {
        self.init(
            number: try row.integer("number"), state: try row.value("state"), seed: try row.unsigned("seed"),
            rung: try row.integer("rung"), parent: try row.optionalInteger("parent"),
            label: try row.optionalText("label"), assignment: try row.json("assignment").object ?? [:],
            configuration: try row.json("configuration"), attempts: try row.integer("attempts"),
            measurements: try (row.json("measurements").array ?? []).map { json in
                guard let measurement = Measurement(json) else {
                    throw row.unreadable("measurements", "holds something else")
                }
                return measurement
            },
            failure: try TrialFailure(row), computeClass: try row.optionalText("compute_class"),
            artifact: try row.optionalText("artifact"),
            span: VirtualSpan(
                start: try row.integer("virtual_start"), finish: try row.integer("virtual_finish")))
    }
}

extension TrialFailure {
    /// Nil when the trial did not fail.
    init?(_ row: PostgresRow) throws {
        guard try row.optionalText("failure_reason") != nil else { return nil }
        self.init(try row.value("failure_reason"), try row.text("failure_detail"))
    }
}

extension Measurement {
    /// From `[name, value, kind, method]`.
    init?(_ json: JSON) {
        guard let parts = json.array, parts.count == 4, let name = parts[0].string,
            let value = parts[1].number, let kind = parts[2].string.flatMap(Kind.init),
            let method = parts[3].string
        else { return nil }
        self.init(name, value, kind, method: method)
    }

    var parameter: JSON {
        [
            "name": .string(name), "value": .number(value), "kind": .string(kind.rawValue),
            "method": .string(method),
        ]
    }
}

extension ProposedTrial {
    /// Both documents travel as strings, so that their text is stored as it
    /// was hashed.
    var parameter: JSON {
        [
            "number": .integer(number), "seed": .string(String(seed)), "label": JSON(label),
            "assignment": .string(JSON.object(assignment).canonicalText),
            "configuration": .string(configuration.canonicalText),
            "hash": .string(ContentHash.sha256(of: configuration)),
            "start": .integer(span.start), "finish": .integer(span.finish),
        ]
    }
}
