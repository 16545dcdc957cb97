import Experiments

/// The `objectives` and `constraints` parts of a study file.
enum ObjectivesFile {
    /// What a native study seeks when it does not say.
    static func nativeDefault(for kind: TaskDefinition.Kind) -> [Objective] {
        [
            Objective(metric: kind.mainMetric, direction: .maximize),
            Objective(metric: MeasurementName.trainableParameters, direction: .minimize),
        ]
    }

    /// - Parameter kind: of a native study's task; nil for a command engine.
    static func objectives(
        _ reader: inout JSONObjectReader, native kind: TaskDefinition.Kind?
    ) throws(InputError) -> [Objective] {
        guard let values = try reader.array("objectives") else {
            guard let kind else {
                throw reader.error("objectives", "is missing: expected a list such as [maximize: accuracy]")
            }
            return nativeDefault(for: kind)
        }
        var objectives: [Objective] = []
        for (index, value) in values.enumerated() {
            let path = "objectives[\(index)]"
            let objective = try objective(try JSONObjectReader(value, subject: reader.subject, path: path))
            if let kind { try refuseUnknown(objective.metric, of: kind, reader, path) }
            guard !objectives.contains(where: { $0.metric == objective.metric }) else {
                throw InputError(reader.subject, key: path, reason: "\(objective.metric) stands twice")
            }
            objectives.append(objective)
        }
        guard (1...8).contains(objectives.count) else {
            throw reader.error("objectives", "expected one to eight objectives, found \(objectives.count)")
        }
        return objectives
    }

    /// - Parameter kind: of a native study's task; nil for a command engine.
    static func constraints(
        _ reader: inout JSONObjectReader, native kind: TaskDefinition.Kind?
    ) throws(InputError) -> [Constraint] {
        var constraints: [Constraint] = []
        for (index, value) in (try reader.array("constraints") ?? []).enumerated() {
            guard let text = value.string, let constraint = Constraint(text) else {
                throw InputError(
                    reader.subject, key: "constraints[\(index)]",
                    reason: "expected a bound, found \(JSONObjectReader.name(of: value))",
                    suggestion: value.string.map(suggestion) ?? "\"latency_ms <= 5\"")
            }
            if constraint.exportFormat != nil {
                guard kind != nil else {
                    throw InputError(
                        reader.subject, key: "constraints[\(index)]",
                        reason: "models of a command are not exported")
                }
            } else if let kind {
                try refuseUnknown(constraint.metric, of: kind, reader, "constraints[\(index)]")
            }
            constraints.append(constraint)
        }
        return constraints
    }

    private static func suggestion(for text: String) -> String {
        guard text.hasPrefix("exportable_as") else { return "\"latency_ms <= 5\"" }
        let formats = ExportFormat.allCases.map(\.rawValue)
        let word = text.split(separator: " ").last.map(String.init) ?? ""
        return "\"exportable_as contains \(InputError.nearest(to: word, in: formats) ?? "peft")\" ("
            + formats.joined(separator: ", ") + ")"
    }

    private static func objective(_ reader: JSONObjectReader) throws(InputError) -> Objective {
        var reader = reader
        let maximize = reader.optional("maximize")
        let minimize = reader.optional("minimize")
        guard (maximize == nil) != (minimize == nil) else {
            throw InputError(
                reader.subject, key: reader.path,
                reason: "expected either maximize or minimize with a measurement",
                suggestion: "maximize: accuracy")
        }
        let key = maximize == nil ? "minimize" : "maximize"
        let metric = try reader.string(key)
        guard Measurement.isName(metric) else {
            throw reader.error(
                key, "expected the name of a measurement, found \(JSONObjectReader.name(of: .string(metric)))"
            )
        }
        let direction: Objective.Direction = maximize == nil ? .minimize : .maximize
        let reference = try reader.object("reference").map { values throws(InputError) in
            try Self.reference(values, direction)
        }
        try reader.finish()
        return Objective(metric: metric, direction: direction, reference: reference)
    }

    private static func reference(
        _ reader: JSONObjectReader, _ direction: Objective.Direction
    ) throws(InputError) -> Objective.Reference {
        enum Scale: String, CaseIterable { case linear, log10 }
        var reader = reader
        let finite = -1e300...1e300
        let scale: Scale = try reader.choice("scale", default: .linear)
        let reference = Objective.Reference(
            worst: try reader.number("worst", in: finite), best: try reader.number("best", in: finite),
            isLogarithmic: scale == .log10)
        try reader.finish()
        let (lower, upper) =
            direction == .maximize
            ? (reference.worst, reference.best) : (reference.best, reference.worst)
        guard lower < upper else {
            throw InputError(
                reader.subject, key: reader.path,
                reason: "to \(direction.rawValue), best must be "
                    + (direction == .maximize ? "above" : "below") + " worst")
        }
        guard scale == .linear || lower > 0 else {
            throw InputError(
                reader.subject, key: reader.path, reason: "worst and best must be above 0 for log10")
        }
        return reference
    }

    private static func refuseUnknown(
        _ metric: String, of kind: TaskDefinition.Kind, _ reader: JSONObjectReader, _ path: String
    ) throws(InputError) {
        let measured = MeasurementName.native(for: kind)
        guard !measured.contains(metric) else { return }
        throw InputError(
            reader.subject, key: path,
            reason: "\(metric) is not measured by the native engine of a \(kind.rawValue) task; it measures "
                + measured.joined(separator: ", "),
            suggestion: InputError.nearest(to: metric, in: measured))
    }
}
