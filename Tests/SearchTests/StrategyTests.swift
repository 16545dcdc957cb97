import Experiments
import func Foundation.log10
import Search
import Testing

struct StrategyTests {
    private static let grid = SearchSpace(
        meaning: .literal,
        parameters: [
            Parameter(name: "method", domain: .choice(["lora", "ia3"])),
            Parameter(name: "rank", domain: .levels([1, 2, 4]), condition: .values(["method": ["lora"]])),
            Parameter(name: "epochs", domain: .integer(lower: 1, upper: 2, scale: .linear)),
        ])

    @Test(arguments: StrategyRegistry.names.filter { $0 != "oneshot" })
    func `a small space is proposed whole, once, and then exhausted`(strategy: String) throws {
        let study = Examples.literal(
            Self.grid.parameters, objectives: [Objective(metric: "f1", direction: .minimize)], trials: 50,
            strategy: strategy)
        var simulation = StormSimulation(study, workers: 2, storm: 4)
        try simulation.run()
        // lora with three ranks, ia3 without; two epochs.
        #expect(simulation.trials.count == 8)
        #expect(Set(simulation.trials.map(\.configuration.canonicalText)).count == 8)
    }

    @Test(arguments: ["random", "sobol", "tpe", "nsga2"])
    func `no configuration is proposed twice`(strategy: String) throws {
        var simulation = StormSimulation(try Examples.native(trials: 400, strategy: strategy))
        try simulation.run()
        #expect(Set(simulation.trials.map(\.configuration.canonicalText)).count == 400)
    }

    /// Changes only with a strategy's version, or with the engine's, whose
    /// virtual time decides what a proposal sees: old studies go on by them.
    @Test(arguments: [
        ("random", "42d8f681909ae1b06878dae6e460d62f2d532a89ecc5eabce551a632aafdaae2"),
        ("sobol", "efb6301a8e1d25f81d4df37eb17557b2da46fb51f9eeb6dc068d8461b8156c1c"),
        ("tpe", "391451ff74267951f0e4f5337e1ab984cdbc634882c0aca6750bbcf56b94ea04"),
        ("nsga2", "830194593a19050e4316fd23dc2b9eec76ec7791c9b2147be536e4146878d356"),
    ])
    func `the sequence of proposals is golden`(strategy: String, hash: String) throws {
        var simulation = StormSimulation(try Examples.native(trials: 100, strategy: strategy))
        try simulation.run()
        let record = JSON.array(
            simulation.trials.map { [.integer($0.number), .integer(Int($0.seed)), $0.configuration] })
        #expect(ContentHash.sha256(of: record) == hash)
    }

    @Test func `samples reach from tiny to large and mix components`() throws {
        let space = try HybridSpace.preset(name: "hybrid", shape: Examples.miniLM)
        var decades: [Int: Int] = [:]
        var hybrids = 0
        var topOnly = 0
        for number in 0..<1000 {
            let context = ProposalContext(seed: 9, number: number, space: space)
            let proposal = try #require(try RandomStrategy().propose(context))
            var configuration = try Configuration(json: proposal.configuration)
            configuration.head.pooler = .frozen
            let count = Costs.trainableParameters(of: configuration, shape: Examples.miniLM, labels: 2) - 770
            if count > 0 { decades[Int(log10(Double(count))), default: 0] += 1 }
            if Set(configuration.components.map(\.method)).count > 1 { hybrids += 1 }
            if let lowest = Costs.lowestAdaptedLayer(of: configuration), lowest >= 3 { topOnly += 1 }
        }
        for decade in 3...7 { #expect(decades[decade, default: 0] >= 20, "10^\(decade)") }
        #expect((300...700).contains(hybrids))
        #expect((250...750).contains(topOnly))
    }

    @Test func `unfrozen tensors get small learning rates`() throws {
        let space = try HybridSpace.preset(name: "hybrid", shape: Examples.miniLM)
        var rates: [Double] = []
        for number in 0..<500 {
            let context = ProposalContext(seed: 2, number: number, space: space)
            let assignment = try #require(try RandomStrategy().propose(context)).assignment
            guard let scale = assignment["unfreeze.learning_rate_scale"]?.number else { continue }
            rates.append(scale * (assignment["training.learning_rate"]?.number ?? 1))
        }
        #expect(rates.count > 50)
        #expect(rates.sorted()[rates.count / 2] < 3e-4)
    }

    @Test func `bounds on exact costs are kept before training`() throws {
        let constraint = Constraint(
            metric: MeasurementName.trainableParameters, comparison: .atMost, bound: 200_000)
        var simulation = StormSimulation(try Examples.native(trials: 80, constraints: [constraint]))
        try simulation.run()
        let counts = simulation.trials.dropFirst(6).compactMap {
            $0.value(of: MeasurementName.trainableParameters)
        }
        #expect(counts.count > 60)
        #expect(counts.allSatisfy { $0 <= 200_000 })
    }

    private static func hypervolume(_ study: Study) throws -> Double {
        var simulation = StormSimulation(study)
        try simulation.run()
        return try #require(Front.current(of: study, trials: simulation.trials).hypervolume)
    }

    @Test func `NSGA-II beats random search on ZDT1`() throws {
        let wins = try (UInt64(1)...10).filter { seed in
            let random = try Self.hypervolume(Examples.zdt1(seed: seed, trials: 200, strategy: "random"))
            return try Self.hypervolume(Examples.zdt1(seed: seed, trials: 200)) > random
        }
        #expect(wins.count >= 9)
    }

    @Test func `NSGA-II beats random search on a native space`() throws {
        let wins = try (UInt64(1)...10).filter { seed in
            let random = try Self.hypervolume(Examples.native(seed: seed, trials: 120, strategy: "random"))
            return try Self.hypervolume(Examples.native(seed: seed, trials: 120)) > random
        }
        #expect(wins.count >= 9)
    }

    @Test func `an unknown strategy is refused with the nearest`() throws {
        #expect(try StrategyRegistry.strategy(named: "auto").name == "auto")
        let error = #expect(throws: InputError.self) { try StrategyRegistry.strategy(named: "nsga") }
        #expect(error?.suggestion == "nsga2")
    }

    @Test(arguments: [UInt64](1...10), 1...4)
    func `sorting into fronts agrees with peeling`(seed: UInt64, dimensions: Int) {
        var generator = SeededGenerator(seed: seed)
        let points = (0..<60).map { _ in (0..<dimensions).map { _ in Double(generator.index(below: 12)) } }
        var rest = Set(points.indices)
        var peeled: [Set<Int>] = []
        while !rest.isEmpty {
            let front = rest.filter { index in
                !rest.contains { other in
                    points[other] != points[index]
                        && zip(points[other], points[index]).allSatisfy { $0 <= $1 }
                }
            }
            peeled.append(front)
            rest.subtract(front)
        }
        #expect(NonDominatedSort.fronts(points).map(Set.init) == peeled)
    }

    @Test func `every value that domains draw and step to is their own`() {
        let domains: [ParameterDomain] = [
            .integer(lower: -3, upper: 5, scale: .linear), .integer(lower: 1, upper: 64, scale: .log2),
            .integer(lower: 7, upper: 7, scale: .linear), .integer(lower: .min, upper: .max, scale: .linear),
            .real(lower: 1e-5, upper: 1e-2, scale: .log), .real(lower: -1, upper: 1, scale: .linear),
            .real(lower: 2, upper: 2, scale: .log), .choice(["a", true, 3]), .levels([0, 1, 2, 4]),
        ]
        let space = SearchSpace(
            meaning: .literal, parameters: domains.enumerated().map { Parameter(name: "p\($0)", domain: $1) })
        var visible: [VisibleTrial] = []
        for number in 0..<200 {
            let context = ProposalContext(seed: 5, number: number, space: space, visible: visible)
            guard let proposal = try? NSGA2Strategy().propose(context) else {
                Issue.record("no proposal \(number)")
                return
            }
            // Small powers of two are as likely as large ones.
            visible.append(
                VisibleTrial(
                    number: number, assignment: proposal.assignment,
                    losses: [proposal.assignment["p0"]?.number ?? 0, proposal.assignment["p1"]?.number ?? 0],
                    violation: 0))
        }
        let best = visible.suffix(50).compactMap { $0.assignment?["p1"]?.integer }
        #expect(best.filter { $0 <= 4 }.count > 25)
    }
}

extension StrategyTests {
    @Test(arguments: ["random", "sobol", "tpe", "nsga2"], ["peft", "adapterhub"])
    func `a format that is demanded is kept by every proposal but the baselines`(
        strategy: String, format: String
    ) throws {
        var study = try Examples.native(trials: 120, strategy: strategy)
        let constraint = try #require(Constraint("exportable_as contains \(format)"))
        #expect(constraint.description == "exportable_as contains \(format)")
        study.constraints = [constraint]
        var simulation = StormSimulation(study)
        try simulation.run()
        let searched = simulation.trials.filter { $0.label == nil }
        #expect(searched.count > 100)
        for trial in searched {
            #expect(
                try constraint.admits(
                    Configuration(json: trial.configuration), for: "bert", task: .classification))
        }
        study.constraints = []
        var free = StormSimulation(study)
        try free.run()
        let others = try free.trials.filter {
            try !constraint.admits(Configuration(json: $0.configuration), for: "bert", task: .classification)
        }
        #expect(others.count > 10, "without the constraint others are proposed")
    }
}
