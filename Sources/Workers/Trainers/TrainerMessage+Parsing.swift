package import Experiments

extension TrainerMessage {
    /// Reads a line; nil when it is log.
    ///
    /// Whoever says NaN or infinity says that the trial diverged, in whichever
    /// message. A result that cannot be read is a failure of its own rather
    /// than log: a trainer that was started with care is to hear of it.
    package init?(line: LineSplitter.Line, engine: Engine) {
        guard line.bytes.first(where: { $0 != 0x20 && $0 != 0x09 }) == UInt8(ascii: "{") else { return nil }
        let json: JSON
        switch Self.parse(line) {
        case .success(let value): json = value
        case .failure(let reason):
            guard let failure = Self.failure(in: line, reason) else { return nil }
            self = .failure(failure)
            return
        }
        if let result = json["result"] {
            self = Self.result(result, engine: engine)
        } else if let report = json["report"] {
            guard let message = Self.report(report) else { return nil }
            self = message
        } else if let failure = json["failure"] {
            self = Self.failure(failure)
        } else if let exclusive = json["exclusive"]?.bool {
            self = .exclusive(exclusive)
        } else {
            return nil
        }
    }

    private static func parse(_ line: LineSplitter.Line) -> Result<JSON, JSON.SyntaxError> {
        if line.isCut { return .failure(JSON.SyntaxError(reason: lineTooLong, offset: line.bytes.count)) }
        return Result { () throws(JSON.SyntaxError) in
            try JSON.parse(
                NonFiniteTokens.quoted(in: line.bytes), limits: JSON.Limits(replacesNUL: true))
        }
    }

    private static let lineTooLong = "its line is too long"

    /// What a line that is not JSON says all the same; nil when it is log.
    private static func failure(in line: LineSplitter.Line, _ error: JSON.SyntaxError) -> TrialFailure? {
        let text = String(decoding: line.bytes, as: UTF8.self)
        guard text.contains("\"result\"") || text.contains("\"report\"") else { return nil }
        if error.reason == JSON.SyntaxError.numberTooLarge {
            return TrialFailure(.diverged, "a number is beyond a double: infinite, or as good as that")
        }
        guard text.contains("\"result\"") else { return nil }
        let reason = error.reason == lineTooLong ? lineTooLong : "it is not JSON: \(error)"
        return TrialFailure(.crashed, "the result cannot be used: \(reason)")
    }

    /// Metrics that a result could not have either are dropped: a curve is for
    /// looking at, and must not cost its trial.
    private static func report(_ json: JSON) -> TrainerMessage? {
        guard let step = json["step"]?.integer, step >= 0, let metrics = json["metrics"]?.object else {
            return nil
        }
        if let diverged = divergence(in: metrics, at: "at step \(step)") { return .failure(diverged) }
        let usable = metrics.filter { Measurement.isName($0.key) }.sorted { $0.key < $1.key }.prefix(
            mostMetrics)
        let numbers = usable.compactMap { name, value in value.number.map { (name, $0) } }
        return .report(Report(step: step, metrics: Dictionary(uniqueKeysWithValues: numbers)))
    }

    private static func result(_ json: JSON, engine: Engine) -> TrainerMessage {
        do throws(TrialFailure) {
            for key in ["compute_class", "artifact"] where (json[key]?.string?.count ?? 0) > 200 {
                throw unusable("'\(key)' is longer than 200 characters")
            }
            return .result(
                TrialResult(
                    measurements: try measurements(json, engine: engine),
                    computeClass: json["compute_class"]?.string?.replacingControls() ?? "command",
                    artifact: json["artifact"]?.string?.replacingControls(),
                    derived: try derived(json["derived"]?.array ?? [], engine: engine),
                    trace: trace(json["trace"], engine: engine)))
        } catch {
            return .failure(error)
        }
    }

    private static func measurements(
        _ json: JSON, engine: Engine
    ) throws(TrialFailure) -> [Experiments.Measurement] {
        guard let metrics = json["metrics"]?.object else { throw unusable("it has no object 'metrics'") }
        guard metrics.count <= mostMetrics else { throw unusable("it has more than \(mostMetrics) metrics") }
        if let diverged = divergence(in: metrics, at: "in the result") { throw diverged }
        let text = { (key: String, name: String) in json[key]?[name]?.string?.replacingControls() }
        var measurements: [Experiments.Measurement] = []
        for (name, value) in metrics.sorted(by: { $0.key < $1.key }) {
            // What is unknown is no measurement.
            if value == .null { continue }
            guard let number = value.number else { throw unusable("the metric '\(name)' is not a number") }
            guard Measurement.isName(name) else {
                throw unusable(
                    "a metric's name has 1 to 100 letters, digits, _, ., / and -, a letter first, and not "
                        + JSONObjectReader.name(of: .string(name)))
            }
            let method = text("methods", name) ?? "reported by the command"
            measurements.append(
                Measurement(
                    name, number, kind(of: name, said: text("kinds", name), engine: engine),
                    method: String(method.prefix(500))))
        }
        return measurements
    }

    /// Of the native engine alone: a command's tensors are its own.
    private static func derived(_ list: [JSON], engine: Engine) throws(TrialFailure) -> [DerivedResult] {
        guard case .native = engine else { return [] }
        var results: [DerivedResult] = []
        for json in list {
            guard let configuration = json["configuration"], let method = json["method"]?.string,
                let artifact = json["artifact"]?.string
            else { throw unusable("what was derived lacks configuration, method or artifact") }
            results.append(
                DerivedResult(
                    configuration: configuration, method: method,
                    measurements: try measurements(json, engine: engine), artifact: artifact))
        }
        return results
    }

    /// Of the native engine alone: what a command calls so is its own.
    private static func trace(_ json: JSON?, engine: Engine) -> TrainingTrace? {
        guard case .native = engine else { return nil }
        return json.flatMap(TrainingTrace.init)
    }

    private static func failure(_ json: JSON) -> TrainerMessage {
        let said = json["reason"]?.string.flatMap(TrialFailure.Reason.init)
        // Time-outs and losses are for those to say who saw them: worker and store.
        let sayable: [TrialFailure.Reason] = [.diverged, .invalid, .outOfMemory]
        let reason = sayable.first { $0 == said } ?? .crashed
        return .failure(TrialFailure(reason, json["detail"]?.string ?? "the trainer said no more"))
    }

    private static func divergence(in metrics: [String: JSON], at place: String) -> TrialFailure? {
        let values = metrics.sorted { $0.key < $1.key }
        guard let (name, value) = values.first(where: { NonFiniteTokens.all.contains($0.value.string ?? "") })
        else { return nil }
        return TrialFailure(.diverged, "\(name) was \(value.string ?? "not finite") \(place)")
    }

    private static func unusable(_ reason: String) -> TrialFailure {
        TrialFailure(.crashed, "the result cannot be used: \(reason)")
    }

    /// In one message, so that a trainer cannot flood the store.
    private static let mostMetrics = 256

    private static func kind(of name: String, said: String?, engine: Engine) -> Measurement.Kind {
        if let said = said.flatMap(Measurement.Kind.init) { return said }
        switch engine {
        case .native: return MeasurementName.kind(of: name)
        case .command: return ObservedNames.contain(name) ? .observed : .deterministic
        }
    }
}
