import Experiments
import Search

/// How long strategies think, over a history of random trials.
struct ProposalBenchmark {
    /// What is searched: `literal` is 8 numbers of which 4 are logarithmic, 6
    /// whole numbers of which 3 are, and 6 choices of 4; `native` is the preset
    /// `hybrid` of a model with six blocks.
    enum Space: String, CaseIterable {
        case literal, native
    }

    let study: Study
    /// As many as the largest history.
    let trials: [Trial]

    /// - Throws: what the space or a strategy refuses.
    init(_ space: Space, trials count: Int) throws {
        study = try Self.study(space)
        trials = try Self.history(of: count, in: study)
    }

    /// The study of another strategy.
    func study(of strategy: String, trials count: Int) throws -> Study {
        var study = study
        study.search.strategy = strategy
        study.search.version = try StrategyRegistry.strategy(named: strategy).version
        study.search.trials = count + 1
        return study
    }

    /// Whether a strategy can search the space.
    func suits(_ strategy: String) throws -> Bool {
        let strategy = try StrategyRegistry.strategy(named: strategy)
        return (try? strategy.check(study.space)) != nil
    }

    private static func history(of count: Int, in study: Study) throws -> [Trial] {
        var schedule = VirtualSchedule(parallelism: 1)
        var proposed: Set<String> = []
        let costs = Costs(of: study)
        return try (0..<count).map { number in
            let context = ProposalContext(seed: 1, number: number, space: study.space, proposed: proposed)
            guard let proposal = try RandomStrategy().propose(context) else {
                throw InputError(study.name, reason: "has fewer than \(count) configurations")
            }
            proposed.insert(proposal.configuration.canonicalText)
            return Trial(
                number: number, state: .done, seed: StudyPlan.seed(of: number, in: study),
                assignment: proposal.assignment, configuration: proposal.configuration,
                measurements: try measurements(of: proposal, number, study, costs),
                span: schedule.place(duration: 1000))
        }
    }

    /// Closed formulas, so that only proposals take time; a front of some tens.
    private static func measurements(
        of proposal: Proposal, _ number: Int, _ study: Study, _ costs: Costs?
    ) throws -> [Measurement] {
        var generator = SeededGenerator(seed: 1, purpose: "quality", UInt64(number))
        let quality = generator.uniform()
        let cost: Double
        if let costs {
            cost = Double(costs.trainableParameters(of: try Configuration(json: proposal.configuration)))
        } else {
            cost = proposal.assignment.values.reduce(0) { $0 + ($1.number ?? 0) }
        }
        return zip(study.objectives, [quality, cost]).map { objective, value in
            Measurement(objective.metric, value, .deterministic, method: "formula")
        }.sorted { $0.name < $1.name }
    }

    private static func study(_ space: Space) throws -> Study {
        let isNative = space == .native
        let shape = ModelShape(
            vocabulary: 30522, positions: 512, tokenTypes: 2, layers: 6, hidden: 384, heads: 12,
            feedForward: 1536)
        let data = DataFacts(
            labels: ["a", "b"], trainExamples: 1000, validationExamples: 200, testExamples: 0,
            trainTokens: 20_000, validationTokens: 4000, squaredTokens: 100_000, majorityShare: 0.5)
        let task = TaskDefinition(
            train: DataFile(path: "train.tsv"), validation: .share(0.1), test: nil, text: ["text"],
            label: "label", maximumLength: 64)
        return Study(
            name: space.rawValue, seed: 1,
            model: isNative ? ModelReference(path: "model", family: "bert", shape: shape, files: [:]) : nil,
            task: isNative ? task : nil, data: isNative ? data : nil,
            objectives: [
                Objective(metric: isNative ? MeasurementName.accuracy : "quality", direction: .maximize),
                Objective(
                    metric: isNative ? MeasurementName.trainableParameters : "cost", direction: .minimize),
            ],
            constraints: [],
            space: isNative
                ? try HybridSpace.preset(name: "hybrid", shape: shape)
                : SearchSpace(meaning: .literal, parameters: literal),
            search: SearchSettings(strategy: "random", version: 2, trials: 1, parallelism: 1),
            engine: isNative ? .native(version: 1, numerics: .float32) : .command(["true"]))
    }

    private static var literal: [Parameter] {
        let domains: [(String, ParameterDomain)] =
            (0..<4).map { ("float\($0)", .real(lower: 0, upper: 1, scale: .linear)) }
            + (0..<4).map { ("log_float\($0)", .real(lower: 1e-5, upper: 1e-1, scale: .log)) }
            + (0..<3).map { ("int\($0)", .integer(lower: 1, upper: 20, scale: .linear)) }
            + (0..<3).map { ("log_int\($0)", .integer(lower: 1, upper: 256, scale: .log2)) }
            + (0..<6).map { ("choice\($0)", .choice(["a", "b", "c", "d"])) }
        return domains.map { Parameter(name: $0.0, domain: $0.1) }
    }
}
