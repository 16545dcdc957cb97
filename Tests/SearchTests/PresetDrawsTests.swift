import Experiments
import Search
import Testing

/// What the prior of each preset draws.
struct PresetDrawsTests {
    private static func draws(
        _ preset: String, _ count: Int, _ overrides: [String: ParameterDomain] = [:]
    ) throws -> [Configuration] {
        let space = try HybridSpace.preset(name: preset, shape: Examples.miniLM, overrides: overrides)
        let costs = Costs(shape: Examples.miniLM, data: Examples.facts)
        return try (0..<count).map { number in
            let context = ProposalContext(seed: 11, number: number, space: space, costs: costs)
            return try Configuration(
                json: #require(try RandomStrategy().propose(context)).configuration)
        }
    }

    @Test(arguments: HybridSpace.presetNames)
    func `every method of a preset is drawn, and the head alone rarely`(preset: String) throws {
        let drawn = try Self.draws(preset, 500)
        let space = try HybridSpace.preset(name: preset, shape: Examples.miniLM)
        for method in Set(space.parameters.compactMap(\.place?.component)) {
            let count = drawn.count { $0.components.contains { $0.method == method } }
            #expect(count >= 10, "\(method) stands in \(count) of 500 draws")
        }
        let headOnly = drawn.count { $0.components.isEmpty }
        #expect(headOnly <= 15, "\(headOnly) of 500 draws train the head alone")
    }

    @Test func `a prompt that is all a study leaves open is drawn`() throws {
        let off = ParameterDomain.levels([0])
        let drawn = try Self.draws(
            "small", 100,
            ["lora.rank": off, "ia3.sites": off, "bias.blocks": off, "layernorm.blocks": off])
        #expect(drawn.count { $0.components.map(\.method) == ["prompt"] } >= 90)
    }

    @Test func `embeddings that stand beside blocks stay rare`() throws {
        let drawn = try Self.draws("hybrid", 500).compactMap { configuration in
            configuration.components.lazy.compactMap { $0.value as? Unfreezing }.first
        }
        let share = Double(drawn.count(where: \.embeddings)) / Double(drawn.count)
        #expect((0.05...0.3).contains(share), "\(share)")
    }

    /// Of children and of an enumerated space too, so of every proposal.
    @Test(arguments: ["random", "sobol", "tpe", "nsga2"])
    func `a method that trains nothing stands beside one that trains`(strategy: String) throws {
        var study = try Examples.native(trials: 200, strategy: strategy, preset: "everything")
        study.objectives[1].metric = MeasurementName.peakMemory
        var simulation = StormSimulation(study)
        try simulation.run()
        let quantised = try simulation.trials.map { try Configuration(json: $0.configuration) }
            .filter { $0.components.contains { $0.method == "nf4" } }
        #expect(!quantised.isEmpty)
        for configuration in quantised { #expect(Costs.lowestAdaptedLayer(of: configuration) != nil) }
    }

    @Test func `a space that holds nothing else has the head alone`() throws {
        let one = ParameterDomain.choice([1])
        let off = Dictionary(
            uniqueKeysWithValues: [
                "lora.rank", "adalora.rank", "vera.sites", "miss.rank", "hira.rank", "shira.rank",
                "ia3.sites", "ia3.query", "ia3.attention_output", "ia3.ffn_in", "parallel_ffn.width",
                "serial_attention.width", "serial_ffn.width",
                "pfeiffer.width", "prefix.length", "prefix_plus.blocks", "prompt.length", "bias.blocks",
                "layernorm.blocks", "unfreeze.blocks", "unfreeze.embeddings",
            ].map { ($0, ParameterDomain.levels([0])) })
        let overrides = off.merging(["training.learning_rate": .choice([0.001]), "training.epochs": one]) {
            $1
        }
        let space = try HybridSpace.preset(name: "everything", shape: Examples.miniLM, overrides: overrides)
        var proposed: Set<String> = []
        while let proposal = try RandomStrategy().propose(
            ProposalContext(seed: 1, number: proposed.count, space: space, proposed: proposed))
        {
            #expect(try Configuration(json: proposal.configuration).components.isEmpty)
            proposed.insert(proposal.configuration.canonicalText)
        }
        #expect(proposed.count == 2, "the pooler trained or frozen")
    }

    /// What a preset says it searches, each value at least once; a draw that
    /// contradicts itself is no proposal but costs another.
    @Test func `everything draws every variant, and few draws in vain`() throws {
        let space = try HybridSpace.preset(name: "everything", shape: Examples.miniLM)
        let proposals = try (0..<4000).map { number in
            try #require(
                try RandomStrategy().propose(ProposalContext(seed: 4, number: number, space: space)))
        }
        for parameter in space.parameters where parameter.place == nil {
            for value in parameter.domain.values(upTo: 100) ?? [] {
                #expect(
                    proposals.contains { $0.assignment[parameter.name] == value },
                    "\(parameter.name) is never \(value.canonicalText)")
            }
        }
        let sampler = PriorSampler(space)
        var vain = 0
        for number in 0..<2000 {
            var generator = SeededGenerator(seed: UInt64(number))
            let configuration = try HybridSpace.configuration(
                from: sampler.sample(&generator), in: space)
            if configuration.components.contains(where: { $0.value.contradiction != nil })
                || configuration.contradiction(in: Examples.miniLM) != nil
            {
                vain += 1
            }
        }
        #expect(vain == 0, "\(vain) of 2000 draws contradict themselves")
    }
}
