import Experiments

/// Workers as a table, a line for each.
struct WorkerTable {
    private var table = TextTable(headings: [
        "worker", "host", "process", "slots", "state", "seen", "version", "compute class", "runs",
    ])

    init(_ workers: [KnownWorker]) {
        table.numeric = [2, 3, 5]
        table.rows = workers.map { worker in
            let description = worker.description
            return [
                String(worker.id.prefix(8)), description.host, "\(description.processIdentifier)",
                "\(description.slots)", worker.state.rawValue, "\(Int(worker.silence)) s",
                description.program ?? "-", description.computeClass ?? "-",
                worker.work.map(Self.text).joined(separator: ", "),
            ]
        }
    }

    var text: String { table.text }
    var csv: String { table.csv }

    private static func text(_ work: HeldWork) -> String {
        let token = work.token
        let purpose =
            switch token.purpose {
            case .train: ""
            case .test: " test"
            case .replicate: " replicate \(token.rung)"
            }
        let lease = work.remaining < 0 ? ", lease ran out" : ""
        return "\(work.study) \(token.trial)\(purpose) (\(Int(work.seconds)) s\(lease))"
    }
}

extension KnownWorker {
    /// What it does, as far as the store can know.
    enum State: String {
        case idle, busy, draining
        /// It has not been heard of for several of its words.
        case silent
    }

    var state: State {
        if silence > 30 { return .silent }
        return isDraining ? .draining : work.isEmpty ? .idle : .busy
    }

    /// As `workers list` prints it.
    var json: JSON {
        [
            "worker": .string(id), "host": .string(description.host),
            "process": .integer(description.processIdentifier), "slots": .integer(description.slots),
            "state": .string(state.rawValue), "seconds_since_seen": .number(silence),
            "program": JSON(description.program), "compute_class": JSON(description.computeClass),
            "work": .array(work.map(\.json)),
        ]
    }
}

extension HeldWork {
    fileprivate var json: JSON {
        [
            "study": .string(study), "trial": .integer(token.trial), "rung": .integer(token.rung),
            "purpose": .string(token.purpose.rawValue), "attempt": .integer(token.attempt),
            "seconds": .number(seconds), "lease_seconds_left": .number(remaining),
        ]
    }
}
