import Experiments
import Search
import Testing

struct AutoStrategyTests {
    private static func context(_ space: SearchSpace, trials: Int, number: Int) throws -> ProposalContext {
        var context = ProposalContext(
            seed: 5, number: 0, space: space,
            objectives: ["a", "b"].map { Objective(metric: $0, direction: .minimize) })
        for number in 0..<trials {
            context.number = number
            let proposal = try #require(try RandomStrategy().propose(context))
            context.proposed.insert(proposal.configuration.canonicalText)
            let size = proposal.assignment.count
            context.visible.append(
                VisibleTrial(
                    number: number, assignment: proposal.assignment,
                    losses: [Double(size % 7), Double(number % 5)], violation: 0))
        }
        context.number = number
        return context
    }

    @Test(arguments: [(30, "gp"), (31, "gp"), (32, "tpe")])
    func `in a native space every third proposal is an estimator's`(number: Int, strategy: String) throws {
        let space = try HybridSpace.preset(name: "hybrid", shape: Examples.miniLM)
        let context = try Self.context(space, trials: 20, number: number)
        let expected = try StrategyRegistry.strategy(named: strategy).propose(context)
        #expect(try AutoStrategy().propose(context) == expected)
    }

    @Test(arguments: [(20, 30, "gp"), (20, 32, "gp"), (321, 330, "tpe"), (321, 332, "gp")])
    func `in an explicit space estimators wait for many trials`(
        trials: Int, number: Int, strategy: String
    ) throws {
        let context = try Self.context(MixedProblem.mixedZDT1.space, trials: trials, number: number)
        let expected = try StrategyRegistry.strategy(named: strategy).propose(context)
        #expect(try AutoStrategy().propose(context) == expected)
    }
}
