import Experiments
import Search
import Testing

/// Spaces and studies at the edge of what may be asked for.
struct AwkwardSpaceTests {
    /// What a strategy proposes one after the other, up to `count`, each trial
    /// visible to the next.
    private static func proposals(
        _ count: Int, by name: String, of parameters: [Parameter], seed: UInt64 = 1, objectives: Int = 2
    ) throws -> [Proposal] {
        let strategy = try StrategyRegistry.strategy(named: name)
        var context = ProposalContext(
            seed: seed, number: 0, space: SearchSpace(meaning: .literal, parameters: parameters),
            objectives: (0..<objectives).map { Objective(metric: "loss\($0)", direction: .minimize) })
        var found: [Proposal] = []
        while found.count < count, let proposal = try strategy.propose(context) {
            var losses = SeededGenerator(seed: seed, purpose: proposal.configuration.canonicalText)
            context.visible.append(
                VisibleTrial(
                    number: found.count, assignment: proposal.assignment,
                    losses: (0..<objectives).map { _ in losses.uniform() }, violation: 0))
            context.proposed.insert(proposal.configuration.canonicalText)
            context.number += 1
            found.append(proposal)
        }
        return found
    }

    private static let strategies = StrategyRegistry.names.filter { $0 != "oneshot" }

    @Test(arguments: strategies, [UInt64](1...3))
    func `a branch with one configuration does not end a search`(strategy: String, seed: UInt64) throws {
        let parameters = [
            Parameter(name: "method", domain: .choice(["lora", "none"])),
            Parameter(
                name: "rank", domain: .integer(lower: 1, upper: 64, scale: .log2),
                condition: .values(["method": ["lora"]])),
            Parameter(
                name: "rate", domain: .real(lower: 1e-5, upper: 1e-2, scale: .log),
                condition: .values(["method": ["lora"]])),
        ]
        #expect(try Self.proposals(30, by: strategy, of: parameters, seed: seed).count == 30)
    }

    @Test(arguments: ["random", "sobol", "tpe", "nsga2"])
    func `a tree of few configurations is proposed whole, however many its axes span`(strategy: String) throws
    {
        let methods = (0..<8).map { JSON.string("method\($0)") }
        let sizes = methods.indices.map { index in
            Parameter(
                name: "size\(index)", domain: .integer(lower: 1, upper: 10, scale: .linear),
                condition: .values(["method": [methods[index]]]))
        }
        // Conditions may come before what they rest on.
        let parameters = sizes + [Parameter(name: "method", domain: .choice(methods))]
        let found = try Self.proposals(100, by: strategy, of: parameters)
        #expect(found.count == 80)
        #expect(Set(found.map(\.configuration.canonicalText)).count == 80)
    }

    @Test func `what is continuous or large is not enumerated`() {
        func enumeration(_ domains: [ParameterDomain]) -> SpaceEnumeration? {
            let parameters = domains.enumerated().map { Parameter(name: "p\($0.offset)", domain: $0.element) }
            return SpaceEnumeration(of: SearchSpace(meaning: .literal, parameters: parameters), limit: 100)
        }
        let ten = ParameterDomain.integer(lower: 1, upper: 10, scale: .linear)
        #expect(enumeration([ten, ten])?.assignments.count == 100)
        #expect(enumeration([ten, ten, .choice([1, 2])]) == nil)
        #expect(enumeration([ten, .real(lower: 0, upper: 1, scale: .linear)]) == nil)
        #expect(enumeration([ten, .real(lower: 1, upper: 1, scale: .linear)])?.assignments.count == 10)
    }

    @Test(arguments: strategies)
    func `a logarithmic range may be wider than the ratio of its ends can tell`(strategy: String) throws {
        let parameters = [
            Parameter(name: "x", domain: .real(lower: 1e-200, upper: 1e200, scale: .log)),
            Parameter(name: "y", domain: .real(lower: 0, upper: 1, scale: .linear)),
        ]
        let values = try Self.proposals(24, by: strategy, of: parameters).compactMap {
            $0.assignment["x"]?.number
        }
        #expect(values.count == 24 && values.allSatisfy { (1e-200...1e200).contains($0) })
        #expect(values.contains { $0 < 1e-20 } && values.contains { $0 > 1e20 })
    }

    @Test(arguments: ["gp", "auto"])
    func `eight objectives take no longer than a few`(strategy: String) throws {
        let parameters = (0..<4).map {
            Parameter(name: "x\($0)", domain: .real(lower: 0, upper: 1, scale: .linear))
        }
        // With boxes of all eight the thirtieth would take hours.
        #expect(try Self.proposals(32, by: strategy, of: parameters, objectives: 8).count == 32)
    }

    @Test(arguments: ["tpe", "nsga2", "gp"])
    func `what was derived does not hide what was trained`(strategy: String) throws {
        let study = try Examples.native()
        let sampler = PriorSampler(study.space)
        var generator = SeededGenerator(seed: 4)
        func trial(_ number: Int, fidelity: Double, isDerived: Bool) -> VisibleTrial {
            VisibleTrial(
                number: number, assignment: sampler.sample(&generator),
                losses: [-generator.uniform(), 1e6 * generator.uniform()], violation: 0, fidelity: fidelity,
                isDerived: isDerived)
        }
        let trained = (0..<24).map { trial($0, fidelity: 1.0 / 3, isDerived: false) }
        let derived = (24..<60).map { trial($0, fidelity: 1, isDerived: true) }
        var context = ProposalContext(
            seed: 5, number: 30, space: study.space, objectives: study.objectives, costs: Costs(of: study),
            visible: trained)
        let strategy = try StrategyRegistry.strategy(named: strategy)
        let without = try strategy.propose(context)
        context.visible = derived.prefix(20) + trained + derived.dropFirst(20)
        let with = try strategy.propose(context)
        // The front of derived points is what `gp` has to widen.
        #expect((with == without) != (strategy.name == "gp"))
    }
}
