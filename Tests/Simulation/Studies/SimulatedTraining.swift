import Experiments
import Workers

import func Foundation.log10

/// What a simulated engine makes of a request: a pure function of it.
enum SimulatedTraining {
    enum Fate: Hashable {
        case measures
        case diverges
        /// Whoever trains it: poison.
        case crashes
    }

    static func fate(seed: UInt64, rung: Int, rungs: Int) -> Fate {
        if seed % 19 == 3, rung == 0 { return .crashes }
        return seed % 17 == 5 && rung == Int(seed / 17 % UInt64(rungs)) ? .diverges : .measures
    }

    static func fate(of request: EngineRequest) -> Fate {
        guard request.purpose == .train else { return .measures }
        return fate(seed: request.seed, rung: request.rung, rungs: request.study.search.rungs.count)
    }

    /// Reports of an attempt that is not interrupted.
    static func steps(seed: UInt64) -> Int { 1 + Int(seed / 5 % 4) }

    static func metrics(
        of configuration: JSON, seed: UInt64, rung: Int, in study: Study
    ) throws -> [String: Double] {
        let missing = 1 - study.search.rungs[rung]
        var noise = SeededGenerator(seed: seed, purpose: "measure", UInt64(rung))
        guard let costs = Costs(of: study) else {
            let x = (0..<3).map { configuration["x\($0)"]?.number ?? 0 }
            let g = 1 + (4 + 3 * missing * noise.uniform()) * (x[1] + x[2])
            return ["f1": x[0], "f2": g * (1 - (x[0] / g).squareRoot())]
        }
        let parsed = try Configuration(json: configuration)
        let count = Double(costs.trainableParameters(of: parsed))
        let rate = log10(parsed.training.learningRate) + 3
        return [
            MeasurementName.accuracy: 0.6 + 0.04 * log10(count) - 0.05 * rate * rate
                - missing * (0.1 + 0.05 * noise.uniform()) + 0.01 * noise.uniform(),
            MeasurementName.trainableParameters: count,
        ]
    }

    /// The test split's, with one name that the training has measured already
    /// and that is final.
    static func testMetrics(of request: EngineRequest) throws -> [String: Double] {
        let measured = try metrics(
            of: request.configuration, seed: request.seed, rung: request.rung, in: request.study)
        let accuracy = measured[MeasurementName.accuracy] ?? 0
        return ["test_accuracy": accuracy - 0.01, MeasurementName.accuracy: accuracy - 1]
    }

    /// A configuration that follows from every one, so that only the first may
    /// have it, and one without the last component.
    static func derived(from request: EngineRequest) throws -> [JSON] {
        let (study, rung) = (request.study, request.rung)
        guard Costs(of: study) != nil, rung + 1 == study.search.rungs.count else { return [] }
        let whole = try Configuration(json: request.configuration)
        var smaller = whole
        smaller.components = whole.components.dropLast()
        let all = [Configuration(training: TrainingSettings(epochs: 2)), smaller]
        return try all.prefix(study.search.derived).enumerated().map { place, configuration in
            let values = try metrics(of: configuration.json, seed: request.seed, rung: rung, in: study)
            return [
                "configuration": configuration.json, "method": .string("way \(place)"),
                "artifact": .string("\(request.seed) \(place)"),
                "metrics": .object(values.mapValues { JSON($0) }),
            ]
        }
    }

    /// The line that an engine writes at its end.
    static func message(of request: EngineRequest, seconds: Double) throws -> JSON {
        if fate(of: request) == .diverges {
            return ["failure": ["reason": "diverged", "detail": "loss is not finite"]]
        }
        let isTest = request.purpose == .test
        var values =
            try isTest
            ? testMetrics(of: request)
            : metrics(of: request.configuration, seed: request.seed, rung: request.rung, in: request.study)
        if !isTest { values[MeasurementName.trainSeconds] = seconds }
        return [
            "result": [
                "metrics": .object(values.mapValues { JSON($0) }), "compute_class": "simulated",
                "artifact": .string("\(request.seed)"),
                "derived": .array(isTest ? [] : try derived(from: request)),
            ]
        ]
    }
}
