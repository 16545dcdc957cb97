import Experiments
import Workers

/// What somebody says came of a trial.
struct ToldResult {
    let number: Int
    private let outcome: Result<TrialResult, TrialFailure>

    /// What is computed from a native configuration and never measured.
    static let exactMetrics = [
        MeasurementName.adapterBytes, MeasurementName.flopsPerExample, MeasurementName.trainableParameters,
    ]

    /// Metrics are read as those of a command engine are: a null is no
    /// measurement, NaN and infinity say that the trial diverged.
    init(_ reader: JSONObjectReader, engine: Engine) throws(InputError) {
        var reader = reader
        number = try reader.integer("number", in: 0...1_000_000)
        if var failure = try reader.object("failure") {
            let reason: TrialFailure.Reason = try failure.choice("reason")
            outcome = .failure(TrialFailure(reason, try failure.string("detail", default: "not said")))
            try failure.finish()
        } else {
            let metrics = try reader.required("metrics", expected: "a map of names and numbers, or failure")
            let result: JSON = ["result": ["metrics": metrics]]
            var splitter = LineSplitter()
            let lines = splitter.append(Array(result.canonicalText.utf8) + [UInt8(ascii: "\n")])
            switch TrainerMessage(line: lines[0], engine: engine) {
            case .result(let result)?: outcome = .success(result)
            case .failure(let failure)? where failure.reason == .diverged: outcome = .failure(failure)
            case .failure(let failure)?: throw reader.error("metrics", failure.detail)
            case .report?, .exclusive?, nil: throw reader.error("metrics", "expected names and numbers")
            }
        }
        try reader.finish()
    }

    /// The trial with its result and, of a native configuration, its exact
    /// costs.
    /// - Throws: an objective that is missing, or an exact cost that is told
    ///   otherwise.
    func completed(_ trial: Trial, of study: Study, costs: Costs?) throws(InputError) -> Trial {
        var trial = trial
        trial.attempts = 1
        switch outcome {
        case .failure(let failure):
            trial.state = .failed
            trial.failure = failure
        case .success(let result):
            let isLast = trial.rung == study.search.rungs.count - 1
            trial.state = isLast ? .done : .paused
            trial.computeClass = isLast ? result.computeClass : nil
            trial.measurements = try withExactCosts(result.measurements, of: trial, costs)
            for objective in study.objectives where trial.value(of: objective.metric) == nil {
                throw InputError("tell", key: "metrics", reason: "lacks the objective \(objective.metric)")
            }
        }
        return trial
    }

    private func withExactCosts(
        _ measurements: [Measurement], of trial: Trial, _ costs: Costs?
    ) throws(InputError) -> [Measurement] {
        guard let costs else { return measurements }
        let configuration = try Configuration(json: trial.configuration)
        var all = measurements
        for metric in Self.exactMetrics {
            guard let value = costs.exactValue(of: metric, for: configuration) else { continue }
            guard let told = measurements.first(where: { $0.name == metric }) else {
                all.append(Measurement(metric, value, .exact, method: "computed from the configuration"))
                continue
            }
            guard told.value == value else {
                let exact = JSON.number(value).canonicalText
                throw InputError(
                    "tell", key: "metrics.\(metric)",
                    reason: "is \(exact) for this configuration, not \(JSON.number(told.value).canonicalText)"
                )
            }
        }
        return all.sorted { $0.name < $1.name }
    }
}
