import Experiments

extension DerivedResult {
    /// From `[configuration, method, artifact, measurements]`.
    init?(_ json: JSON) {
        guard let parts = json.array, parts.count == 4, let method = parts[1].string,
            let artifact = parts[2].string, let list = parts[3].array
        else { return nil }
        let measurements = list.compactMap(Measurement.init(parameter:))
        guard measurements.count == list.count else { return nil }
        self.init(configuration: parts[0], method: method, measurements: measurements, artifact: artifact)
    }

    /// The configuration travels as a string, so that its text is stored as it
    /// was hashed.
    var parameter: JSON {
        [
            "configuration": .string(configuration.canonicalText),
            "hash": .string(ContentHash.sha256(of: configuration)), "method": .string(method),
            "artifact": .string(artifact), "measurements": .array(measurements.map(\.parameter)),
        ]
    }
}

extension Measurement {
    /// From what `parameter` wrote.
    init?(parameter json: JSON) {
        guard let name = json["name"]?.string, let value = json["value"]?.number,
            let kind = json["kind"]?.string.flatMap(Kind.init), let method = json["method"]?.string
        else { return nil }
        self.init(name, value, kind, method: method)
    }
}

extension DerivedTrial {
    /// The assignment travels as a string, so that its text is stored untouched.
    var parameter: JSON {
        [
            "number": .integer(number), "parent": .integer(parent), "place": .integer(place),
            "assignment": .string(JSON.object(assignment).canonicalText),
        ]
    }
}
