import Experiments

extension Replicate {
    /// From `[number, seed, measurements, compute_class, reason, detail]`, the
    /// seed as a string.
    init?(_ json: JSON) {
        guard let parts = json.array, parts.count == 6, let number = parts[0].integer,
            let seed = parts[1].string.flatMap({ UInt64($0) })
        else { return nil }
        self.init(number: number, seed: seed, computeClass: parts[3].string)
        let list = parts[2].array ?? []
        measurements = list.compactMap(Measurement.init(parameter:)).sorted { $0.name < $1.name }
        guard measurements.count == list.count else { return nil }
        if let text = parts[4].string {
            guard let reason = TrialFailure.Reason(rawValue: text) else { return nil }
            failure = TrialFailure(reason, parts[5].string ?? "")
        }
    }
}

extension RequestedReplicate {
    var parameter: JSON {
        ["trial": .integer(trial), "number": .integer(number), "seed": .string(String(seed))]
    }
}
