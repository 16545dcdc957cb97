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
}
