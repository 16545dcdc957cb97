import Experiments

extension KnownWorker {
    init(_ row: PostgresRow) throws {
        self.init(
            id: try row.text("id"),
            description: WorkerDescription(
                host: try row.text("host"), processIdentifier: try row.integer("process_identifier"),
                slots: try row.integer("slots"), program: try row.optionalText("program"),
                computeClass: try row.optionalText("compute_class")),
            silence: try row.double("silence"), isDraining: try row.bool("drains"),
            hasLeft: try row.bool("has_left"),
            work: try (row.json("work").array ?? []).map { held in
                guard let held = HeldWork(held) else {
                    throw row.unreadable("work", "is no list of leases")
                }
                return held
            })
    }
}

extension HeldWork {
    fileprivate init?(_ json: JSON) {
        guard let parts = json.array, parts.count == 8, let study = parts[0].string,
            let identifier = parts[1].integer, let trial = parts[2].integer, let rung = parts[3].integer,
            let purpose = parts[4].string.flatMap(WorkPurpose.init), let attempt = parts[5].integer,
            let seconds = parts[6].number, let remaining = parts[7].number
        else { return nil }
        self.init(
            study: study,
            token: WorkToken(
                study: identifier, trial: trial, rung: rung, purpose: purpose, attempt: attempt),
            seconds: seconds, remaining: remaining)
    }
}
