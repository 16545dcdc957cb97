import Experiments
import Search
import Testing

struct OneShotStrategyTests {
    private static func context(number: Int) throws -> ProposalContext {
        let study = try Examples.native()
        return ProposalContext(
            seed: 5, number: number, space: study.space, objectives: study.objectives,
            costs: Costs(of: study))
    }

    /// With the super-network proposed, and ever larger parts of it measured,
    /// the smaller the worse.
    private static func afterwards(number: Int) throws -> (ProposalContext, parts: [Configuration]) {
        var context = try context(number: number)
        let network = try #require(try OneShotStrategy().propose(context))
        context.proposed.insert(network.configuration.canonicalText)
        let whole = try Configuration(json: network.configuration)
        var generator = SeededGenerator(seed: 3)
        var parts: [Configuration] = []
        while parts.count < 12 {
            var part = whole.drawnPart(&generator)
            part.training.sampling = .whole
            guard let assignment = HybridSpace.assignment(of: part, in: context.space),
                let size = context.costs.map({ $0.trainableParameters(of: part) })
            else { continue }
            parts.append(part)
            context.visible.append(
                VisibleTrial(
                    number: parts.count, assignment: assignment,
                    losses: [-1 + 1000 / Double(size), Double(size)], violation: 0, isDerived: true))
        }
        return (context, parts)
    }

    @Test func `the first proposal holds all that nests, at its largest, and is trained by parts`() throws {
        let context = try Self.context(number: 6)
        let proposal = try #require(try OneShotStrategy().propose(context))
        let network = try Configuration(json: proposal.configuration)
        #expect(network.training.sampling == .sandwich)
        let text = proposal.configuration.canonicalText
        #expect(text.contains("\"lora\"") && text.contains("\"bottleneck\"") && network.nests)
        let sizes = context.space.parameters.filter { ["lora", "bottleneck"].contains($0.place?.component) }
        #expect(sizes.allSatisfy { proposal.assignment[$0.name] == $0.domain.values(upTo: 100)?.last })
    }

    @Test func `the best parts are then trained alone, in turn with proposals of tpe`() throws {
        let (even, parts) = try Self.afterwards(number: 8)
        let proposal = try #require(try OneShotStrategy().propose(even))
        let chosen = try Configuration(json: proposal.configuration)
        #expect(chosen.training.sampling == .whole)
        #expect(parts.contains { $0.json["components"] == chosen.json["components"] })
        let (odd, _) = try Self.afterwards(number: 9)
        #expect(try OneShotStrategy().propose(odd) == TPEStrategy().propose(odd))
    }

    @Test func `a space without anything that nests is refused`() throws {
        let context = ProposalContext(seed: 1, number: 0, space: MixedProblem.mixedZDT1.space)
        let error = #expect(throws: InputError.self) { try OneShotStrategy().propose(context) }
        #expect(error?.suggestion == "strategy: auto")
        // Sizes that are all 0 are nothing either.
        var space = try Self.context(number: 0).space
        for index in space.parameters.indices where space.parameters[index].place != nil {
            space.parameters[index].domain = .levels([0])
        }
        #expect(throws: InputError.self) { try OneShotStrategy().check(space) }
    }

    @Test func `a study by oneshot is the same with any number of workers`() throws {
        var study = try Examples.native(trials: 16, strategy: "oneshot")
        study.search.derived = 4
        var alone = StormSimulation(study)
        try alone.run()
        var crowd = StormSimulation(study, workers: 7, storm: 3)
        try crowd.run()
        #expect(alone.trials.map(\.configuration) == crowd.trials.map(\.configuration))
        let sampled = try alone.trials.filter {
            try $0.parent == nil && Configuration(json: $0.configuration).training.sampling == .sandwich
        }
        #expect(sampled.count == 1)
    }
}
