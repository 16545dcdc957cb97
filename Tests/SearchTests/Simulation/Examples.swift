import Experiments
import func Foundation.exp
import func Foundation.log10
import Search

/// Studies that need no model and no data.
enum Examples {
    /// all-MiniLM-L6-v2.
    static let miniLM = ModelShape(
        vocabulary: 30522, positions: 512, tokenTypes: 2, layers: 6, hidden: 384, heads: 12, feedForward: 1536
    )

    static let facts = DataFacts(
        labels: ["negative", "positive"], trainExamples: 1000, validationExamples: 200, testExamples: 100,
        trainTokens: 20_000, validationTokens: 4000, squaredTokens: 100_000, majorityShare: 0.55)

    static let accuracyAndSize = [
        Objective(metric: MeasurementName.accuracy, direction: .maximize),
        Objective(metric: MeasurementName.trainableParameters, direction: .minimize),
    ]

    static func native(
        seed: UInt64 = 7, trials: Int = 40, parallelism: Int = 4, strategy: String = "nsga2",
        objectives: [Objective] = accuracyAndSize, constraints: [Constraint] = [], preset: String = "hybrid",
        overrides: [String: ParameterDomain] = [:], hasTest: Bool = true, rungs: [Double] = [1],
        derived: Int = 0, replicateFront: Int = 1
    ) throws -> Study {
        Study(
            name: "native", seed: seed,
            model: ModelReference(path: "model", family: "bert", shape: miniLM, files: [:]),
            task: TaskDefinition(
                train: DataFile(path: "train.tsv"), validation: .share(0.1),
                test: hasTest ? DataFile(path: "test.tsv") : nil, text: ["sentence"], label: "label",
                maximumLength: 64),
            data: facts, objectives: objectives, constraints: constraints,
            space: try HybridSpace.preset(name: preset, shape: miniLM, overrides: overrides),
            search: SearchSettings(
                strategy: strategy, version: version(of: strategy), trials: trials, parallelism: parallelism,
                rungs: rungs, derived: derived, replicateFront: replicateFront),
            engine: .native(version: 1, numerics: .float32))
    }

    private static func version(of strategy: String) -> Int {
        (try? StrategyRegistry.strategy(named: strategy).version) ?? 1
    }

    /// ZDT1 (Zitzler, Deb and Thiele 2000) in eight variables, with bounds for
    /// its hypervolume.
    static func zdt1(
        seed: UInt64 = 1, trials: Int = 100, parallelism: Int = 4, strategy: String = "nsga2",
        rungs: [Double] = [1]
    ) -> Study {
        let unit = Objective.Reference(worst: 6, best: 0, isLogarithmic: false)
        return literal(
            (0..<8).map { Parameter(name: "x\($0)", domain: .real(lower: 0, upper: 1, scale: .linear)) },
            objectives: [
                Objective(metric: "f1", direction: .minimize, reference: unit),
                Objective(metric: "f2", direction: .minimize, reference: unit),
            ],
            seed: seed, trials: trials, parallelism: parallelism, strategy: strategy, rungs: rungs)
    }

    static func literal(
        _ parameters: [Parameter], objectives: [Objective], seed: UInt64 = 1, trials: Int = 20,
        parallelism: Int = 2, strategy: String = "random", rungs: [Double] = [1]
    ) -> Study {
        Study(
            name: "literal", seed: seed, model: nil, task: nil, data: nil, objectives: objectives,
            constraints: [], space: SearchSpace(meaning: .literal, parameters: parameters),
            search: SearchSettings(
                strategy: strategy, version: version(of: strategy), trials: trials, parallelism: parallelism,
                rungs: rungs),
            engine: .command(["true"]))
    }

    /// What a trial of these studies measures at its rung: a pure function of
    /// its record, but for `train_seconds`, which is `seconds`.
    static func measure(_ trial: Trial, in study: Study, seconds: Double = 1) throws -> [Measurement] {
        let missing = 1 - study.search.rungs[trial.rung]
        guard let costs = Costs(of: study) else { return zdt1Values(trial.assignment, missing: missing) }
        let configuration = try Configuration(json: trial.configuration)
        let count = Double(costs.trainableParameters(of: configuration))
        var noise = SeededGenerator(seed: trial.seed)
        let rate = log10(configuration.training.learningRate) + 3
        var accuracy = 0.6 + 0.3 * (1 - exp(-log10(count) / 4)) - 0.05 * rate * rate + 0.01 * noise.uniform()
        if missing > 0 { accuracy -= missing * (0.1 + 0.05 * noise.uniform()) }
        return [
            Measurement(MeasurementName.accuracy, accuracy, .deterministic, method: "toy"),
            Measurement(MeasurementName.trainSeconds, seconds, .observed, method: "toy"),
            Measurement(MeasurementName.trainableParameters, count, .exact, method: "counted"),
        ]
    }

    /// What follows from a whole native trial: a configuration that follows from
    /// every one, so that only the first may have it, and one without the last
    /// component.
    static func derived(from trial: Trial, in study: Study) throws -> [DerivedResult] {
        guard Costs(of: study) != nil, trial.rung + 1 == study.search.rungs.count else { return [] }
        let whole = try Configuration(json: trial.configuration)
        var smaller = whole
        smaller.components = whole.components.dropLast()
        let all = [Configuration(training: TrainingSettings(epochs: 2)), smaller]
        return try all.prefix(study.search.derived).enumerated().map { place, configuration in
            var copy = trial
            copy.configuration = configuration.json
            return DerivedResult(
                configuration: configuration.json, method: "way \(place)",
                measurements: try measure(copy, in: study).filter { $0.kind != .observed },
                artifact: "\(trial.seed) \(place)")
        }
    }

    /// Partly trained, a point is farther from the front, by chance more or
    /// less.
    private static func zdt1Values(_ assignment: Assignment, missing: Double) -> [Measurement] {
        let x = (0..<8).map { assignment["x\($0)"]?.number ?? 0 }
        let g = 1 + (9 + 3 * missing * (1 + x[0])) * x.dropFirst().reduce(0, +) / 7
        return [
            Measurement("f1", x[0], .deterministic, method: "ZDT1"),
            Measurement("f2", g * (1 - (x[0] / g).squareRoot()), .deterministic, method: "ZDT1"),
        ]
    }
}
