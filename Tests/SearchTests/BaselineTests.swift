import Experiments
import Search
import Testing

struct BaselineTests {
    private static let order = [
        "lora_r8_all_lr3e-4", "lora_r8_all_lr1e-3", "lora_r8_all_lr3e-3", "lora_r8_qv", "head_only", "full",
    ]

    private static func baselines(_ overrides: [String: ParameterDomain] = [:]) throws -> [Baselines.Baseline]
    {
        let space = try HybridSpace.preset(name: "hybrid", shape: Examples.miniLM, overrides: overrides)
        return Baselines(for: space, shape: Examples.miniLM).all
    }

    @Test func `the named baselines in their order`() throws {
        let baselines = try Self.baselines()
        #expect(baselines.map(\.label) == Self.order)
        #expect(baselines.map(\.configuration.training.learningRate) == [3e-4, 1e-3, 3e-3, 1e-3, 1e-3, 1e-4])
        #expect(baselines.allSatisfy { $0.configuration.training.epochs == 3 })
        let counts = baselines.map {
            Costs.trainableParameters(of: $0.configuration, shape: Examples.miniLM, labels: 2) - 148_610
        }
        #expect(counts == [331_776, 331_776, 331_776, 73_728, 0, 22_565_376])
    }

    @Test func `they open a native study and are points of its space`() throws {
        let study = try Examples.native(trials: 8)
        var simulation = StormSimulation(study)
        try simulation.run()
        #expect(simulation.trials.map(\.label) == Self.order + [nil, nil])
        #expect(simulation.trials.allSatisfy { !$0.assignment.isEmpty })
        for trial in simulation.trials {
            let configuration = try HybridSpace.configuration(from: trial.assignment, in: study.space)
            #expect(configuration.json == trial.configuration)
        }
    }

    @Test func `a small budget takes the first`() throws {
        var simulation = StormSimulation(try Examples.native(trials: 2))
        try simulation.run()
        #expect(simulation.trials.map(\.label) == Array(Self.order.prefix(2)))
    }

    @Test func `one outside the space keeps its configuration and has no assignment`() throws {
        var simulation = StormSimulation(try Examples.native(trials: 30, preset: "lora"))
        try simulation.run()
        let full = try #require(simulation.trials.first { $0.label == "full" })
        #expect(full.assignment.isEmpty)
        #expect(full.configuration["components"]?.array?.first?["unfreeze"] != nil)
        #expect(simulation.trials.dropFirst(6).allSatisfy { !$0.assignment.isEmpty })
    }

    @Test func `settings that the space fixes hold for baselines`() throws {
        let baselines = try Self.baselines([
            "training.batch_size": .choice([16]),
            "training.epochs": .integer(lower: 1, upper: 5, scale: .linear),
            "training.learning_rate": .choice([0.01]),
        ])
        #expect(baselines.allSatisfy { $0.configuration.training.batchSize == 16 })
        #expect(baselines.allSatisfy { $0.configuration.training.epochs == 5 })
        #expect(Set(baselines.map(\.configuration)).count == 6)
    }
}
