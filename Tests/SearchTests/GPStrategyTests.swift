import Experiments
import Search
import Testing

struct GPStrategyTests {
    /// Every trial is visible to the next.
    private static func run(
        _ problem: MixedProblem, _ strategy: any Strategy, seed: UInt64, trials: Int
    ) throws -> [VisibleTrial] {
        var visible: [VisibleTrial] = []
        var proposed: Set<String> = []
        for number in 0..<trials {
            let context = ProposalContext(
                seed: seed, number: number, space: problem.space, objectives: problem.objectives,
                proposed: proposed, visible: visible)
            let proposal = try #require(try strategy.propose(context))
            proposed.insert(proposal.configuration.canonicalText)
            visible.append(
                VisibleTrial(
                    number: number, assignment: proposal.assignment,
                    losses: problem.losses(proposal.assignment), violation: 0))
        }
        return visible
    }

    private static func medianVolume(
        _ problem: MixedProblem, _ name: String, trials: Int, seeds: ClosedRange<UInt64> = 1...5
    ) throws -> Double {
        let volumes = try seeds.map { seed in
            problem.volume(
                try run(problem, StrategyRegistry.strategy(named: name), seed: seed, trials: trials))
        }
        return volumes.sorted()[volumes.count / 2]
    }

    @Test(arguments: [MixedProblem.conditional, .mixedZDT1])
    func `it needs half the trials of random search and NSGA-II`(problem: MixedProblem) throws {
        let volume = try Self.medianVolume(problem, "gp", trials: 30)
        for rival in ["random", "nsga2"] {
            let other = try Self.medianVolume(problem, rival, trials: 60)
            #expect(volume > other, "\(rival)")
        }
    }

    @Test func `equal contexts give equal proposals`() throws {
        let problem = MixedProblem.conditional
        let visible = try Self.run(problem, RandomStrategy(), seed: 3, trials: 20)
        var context = ProposalContext(
            seed: 3, number: 20, space: problem.space, objectives: problem.objectives, visible: visible)
        let first = try GPStrategy().propose(context)
        #expect(try GPStrategy().propose(context) == first)
        context.seed = 4
        #expect(try GPStrategy().propose(context) != first)
    }

    @Test func `pending points are kept away from`() throws {
        let problem = MixedProblem.mixedZDT1
        var context = ProposalContext(
            seed: 1, number: 24, space: problem.space, objectives: problem.objectives,
            visible: try Self.run(problem, RandomStrategy(), seed: 1, trials: 24))
        let encoder = PointEncoder(problem.space)
        var batch: [[Double]] = []
        for _ in 0..<4 {
            let proposal = try #require(try GPStrategy().propose(context))
            batch.append(encoder.coordinates(of: proposal.assignment, native: nil))
            context.pending.append(proposal.assignment)
            context.proposed.insert(proposal.configuration.canonicalText)
        }
        for (index, a) in batch.enumerated() {
            for b in batch.dropFirst(index + 1) {
                #expect(zip(a, b).reduce(0) { $0 + abs($1.0 - $1.1) } > 0.03)
            }
        }
    }

    @Test func `regions where trials fail are left`() throws {
        let problem = MixedProblem.mixedZDT1
        var visible: [VisibleTrial] = []
        for trial in try Self.run(problem, RandomStrategy(), seed: 2, trials: 40) {
            var trial = trial
            if (trial.assignment?["x0"]?.number ?? 0) < 0.5 { trial.losses = nil }
            visible.append(trial)
        }
        let inside = try (40..<50).filter { number in
            let context = ProposalContext(
                seed: 2, number: number, space: problem.space, objectives: problem.objectives,
                visible: visible)
            let proposal = try #require(try GPStrategy().propose(context))
            return (proposal.assignment["x0"]?.number ?? 0) < 0.4
        }
        #expect(inside.count <= 1)
    }

    @Test func `lower rungs tell where the top is good`() throws {
        let problem = MixedProblem.conditional
        let all = try Self.run(problem, RandomStrategy(), seed: 5, trials: 40)
        let low = all.map { trial in
            VisibleTrial(
                number: trial.number, assignment: trial.assignment, losses: trial.losses?.map { $0 + 0.3 },
                violation: 0, fidelity: trial.number % 4 == 0 ? 1 : 0.1,
                earlier: trial.number % 4 == 0
                    ? [.init(fidelity: 0.1, losses: trial.losses!.map { $0 + 0.3 })] : [])
        }
        let context = ProposalContext(
            seed: 5, number: 40, space: problem.space, objectives: problem.objectives, visible: low)
        let proposal = try #require(try GPStrategy().propose(context))
        let losses = problem.losses(proposal.assignment)
        let better = all.filter { zip($0.losses!, losses).allSatisfy { $0 <= $1 } }
        #expect(better.count <= 2)
    }
}
