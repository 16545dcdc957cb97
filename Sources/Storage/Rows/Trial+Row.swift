import Experiments

extension Trial {
    init(_ row: PostgresRow) throws {
        self.init(
            number: try row.integer("number"), state: try row.value("state"), seed: try row.unsigned("seed"),
            rung: try row.integer("rung"), parent: try row.optionalInteger("parent"),
            label: try row.optionalText("label"), assignment: try row.json("assignment").object ?? [:],
            configuration: try row.json("configuration"), attempts: try row.integer("attempts"),
            failure: try TrialFailure(row), computeClass: try row.optionalText("compute_class"),
            artifact: try row.optionalText("artifact"),
            span: VirtualSpan(
                start: try row.integer("virtual_start"), finish: try row.integer("virtual_finish")))
        for json in try row.json("promotions").array ?? [] {
            guard let rung = TrialRung(json) else {
                throw row.unreadable("promotions", "holds something else")
            }
            rungs.append(rung)
        }
        derivation = try row.optionalText("derivation")
        derived = try (row.json("derived").array ?? []).map { json in
            guard let result = DerivedResult(json) else {
                throw row.unreadable("derived", "holds something else")
            }
            return result
        }
        replicates = try (row.json("replicates").array ?? []).map { json in
            guard let replicate = Replicate(json) else {
                throw row.unreadable("replicates", "holds something else")
            }
            return replicate
        }
        for json in try row.json("measurements").array ?? [] {
            guard let rung = json.array?.first?.integer, rungs.indices.contains(rung),
                let measurement = Measurement(json)
            else { throw row.unreadable("measurements", "holds something else") }
            rungs[rung].measurements.append(measurement)
        }
    }
}

extension TrialRung {
    /// From `[start, finish, is_provisional]`.
    fileprivate init?(_ json: JSON) {
        guard let parts = json.array, parts.count == 3, let start = parts[0].integer,
            let finish = parts[1].integer, let isProvisional = parts[2].bool
        else { return nil }
        self.init(span: VirtualSpan(start: start, finish: finish), isProvisional: isProvisional)
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
    /// From `[rung, name, value, kind, method]`.
    fileprivate init?(_ json: JSON) {
        guard let parts = json.array, parts.count == 5, let name = parts[1].string,
            let value = parts[2].number, let kind = parts[3].string.flatMap(Kind.init),
            let method = parts[4].string
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

extension PromotedTrial {
    var parameter: JSON {
        [
            "number": .integer(number), "rung": .integer(rung), "start": .integer(span.start),
            "finish": .integer(span.finish), "is_provisional": .bool(isProvisional),
        ]
    }
}
