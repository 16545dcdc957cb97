import Experiments

extension StoreModel {
    /// One line for each unit of work of all studies, sorted: what a reader of
    /// the protocols does not see, to be compared with another store's. Times are
    /// in 64ths of a second.
    public var workRows: [String] {
        records.values.flatMap { record in
            record.work.map { key, work in
                let tries = (record.attempts[key.trial] ?? []).filter { $0.key == key }.map(\.attempt.outcome)
                var row = "\(key.trial) \(key.rung) \(key.purpose.rawValue) \(work.state)"
                row += " attempt \(work.attempt), \(tries.count { $0 == "crashed" }) crashes"
                row += ", \(tries.count { $0 == "lost" }) losses"
                if work.state == .ready { row += ", from \(Int(work.availableAt * 64))" }
                return row + (work.lease.map { ", leased until \(Int($0.expires * 64))" } ?? "")
            }
        }.sorted()
    }
}
