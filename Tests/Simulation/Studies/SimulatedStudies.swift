public import Experiments
import Search

/// Studies of every kind that have no model and no data: with rungs and
/// promotions, derived trials, replicates, tests, and a budget of time.
public enum SimulatedStudies {
    public static let names = [
        "plain", "rungs", "wide", "budget", "native", "native rungs", "native replicates", "native budget",
    ]

    /// - Parameter trials: the budget; nil is that of the kind.
    public static func study(_ name: String, trials: Int? = nil) throws -> Study {
        switch name {
        case "plain": literal(trials: trials ?? 40, parallelism: 4)
        case "rungs": literal(trials: trials ?? 30, parallelism: 4, strategy: "nsga2", rungs: [0.2, 0.5, 1])
        case "wide": literal(seed: 5, trials: trials ?? 60, parallelism: 16, rungs: [0.3, 1])
        case "budget": literal(seed: 9, trials: trials ?? 40, parallelism: 3, limits: wall(trials, 60))
        case "native": try native(trials: trials ?? 16, parallelism: 3, derived: 2)
        case "native rungs":
            try native(seed: 11, trials: trials ?? 18, parallelism: 4, rungs: [0.25, 1], derived: 1)
        case "native replicates":
            try native(seed: 12, trials: trials ?? 14, parallelism: 2, derived: 1, replicates: 3)
        default:
            try native(
                seed: 13, trials: trials ?? 20, parallelism: 4, rungs: [0.5, 1], derived: 1,
                limits: wall(trials, 40))
        }
    }

    /// A study that is given its number of trials has no other limit.
    private static func wall(_ trials: Int?, _ seconds: Double) -> SearchLimits {
        trials == nil ? SearchLimits(wallSeconds: seconds) : SearchLimits()
    }

    private static func literal(
        seed: UInt64 = 3, trials: Int, parallelism: Int, strategy: String = "random", rungs: [Double] = [1],
        limits: SearchLimits = SearchLimits()
    ) -> Study {
        let unit = Objective.Reference(worst: 12, best: 0, isLogarithmic: false)
        return Study(
            name: "simulated", seed: seed, model: nil, task: nil, data: nil,
            objectives: ["f1", "f2"].map { Objective(metric: $0, direction: .minimize, reference: unit) },
            constraints: [],
            space: SearchSpace(
                meaning: .literal,
                parameters: (0..<3).map {
                    Parameter(name: "x\($0)", domain: .real(lower: 0, upper: 1, scale: .linear))
                }),
            search: SearchSettings(
                strategy: strategy, version: version(of: strategy), trials: trials, parallelism: parallelism,
                rungs: rungs, limits: limits),
            engine: .command(["true"]))
    }

    /// With all-MiniLM-L6-v2's shape, whose costs are exact.
    public static func native(
        seed: UInt64 = 7, trials: Int, parallelism: Int, rungs: [Double] = [1], derived: Int = 0,
        replicates: Int = 1, limits: SearchLimits = SearchLimits()
    ) throws -> Study {
        let shape = ModelShape(
            vocabulary: 30522, positions: 512, tokenTypes: 2, layers: 6, hidden: 384, heads: 12,
            feedForward: 1536)
        return Study(
            name: "simulated", seed: seed,
            model: ModelReference(path: "model", family: "bert", shape: shape, files: [:]),
            task: TaskDefinition(
                train: DataFile(path: "train.tsv"), validation: .share(0.1), test: DataFile(path: "test.tsv"),
                text: ["sentence"], label: "label", maximumLength: 64),
            data: DataFacts(
                labels: ["negative", "positive"], trainExamples: 1000, validationExamples: 200,
                testExamples: 100, trainTokens: 20_000, validationTokens: 4000, squaredTokens: 100_000,
                majorityShare: 0.55),
            objectives: [
                Objective(metric: MeasurementName.accuracy, direction: .maximize),
                Objective(metric: MeasurementName.trainableParameters, direction: .minimize),
            ], constraints: [], space: try HybridSpace.preset(name: "lora", shape: shape, overrides: [:]),
            search: SearchSettings(
                strategy: "random", version: version(of: "random"), trials: trials, parallelism: parallelism,
                rungs: rungs, derived: derived, replicateFront: replicates, limits: limits),
            engine: .native(version: nativeVersion, numerics: .float32))
    }

    /// What workers are told that they have.
    static let nativeVersion = 1

    private static func version(of strategy: String) -> Int {
        (try? StrategyRegistry.strategy(named: strategy).version) ?? 1
    }
}
