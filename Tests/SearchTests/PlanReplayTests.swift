import Experiments
import Search
import Testing

/// Studies that ran under storms, made again from what they left.
struct PlanReplayTests {
    private static func examples() throws -> [Study] {
        var stopped = Examples.zdt1(trials: 120, strategy: "random")
        stopped.search.limits = SearchLimits(stoppingRule: StoppingRule(improvementBelow: 0.05, patience: 12))
        return [
            try Examples.native(trials: 30), try Examples.native(trials: 24, strategy: "gp"),
            try Examples.native(trials: 30, rungs: [0.1, 0.3, 1]),
            try Examples.native(trials: 24, derived: 2),
            try Examples.native(trials: 30, rungs: [0.2, 1], derived: 2, replicateFront: 3),
            Examples.zdt1(trials: 40, strategy: "tpe", rungs: [1 / 3, 1]), stopped,
        ]
    }

    private static func ran(_ study: Study, storm: UInt64 = 5) throws -> StormSimulation {
        var simulation = StormSimulation(study, workers: 3, storm: storm)
        try simulation.run()
        return simulation
    }

    private static func stored(_ study: Study, cut: SearchCut? = nil, hasGrown: Bool = false) -> StoredStudy {
        StoredStudy(
            id: 1, study: study, state: .complete, hash: study.identityHash, isTestSeen: false, cut: cut,
            hasGrown: hasGrown)
    }

    private static func replay(
        _ simulation: StormSimulation, cut: SearchCut? = nil, hasGrown: Bool = false,
        trials: [Trial]? = nil, versions: [FrontVersion]? = nil
    ) throws -> PlanReplay {
        try PlanReplay(
            of: stored(simulation.study, cut: cut, hasGrown: hasGrown), trials: trials ?? simulation.trials,
            versions: versions ?? simulation.versions)
    }

    private static func cut(_ simulation: StormSimulation) -> SearchCut? {
        let proposed = simulation.trials.count { $0.parent == nil }
        return proposed < simulation.study.search.trials
            ? SearchCut(trials: proposed, reason: .improvement) : nil
    }

    @Test(arguments: 0..<7)
    func `everything comes out as it is stored, whatever storm it ran in`(example: Int) throws {
        let simulation = try Self.ran(Self.examples()[example], storm: UInt64(example))
        let cut = Self.cut(simulation)
        #expect((cut != nil) == (example == 6))
        let replay = try Self.replay(simulation, cut: cut)
        #expect(replay.difference == nil)
        #expect(replay.decisions >= simulation.trials.count)
        #expect(replay.comparedVersions == simulation.versions.count)
        #expect(simulation.trials.contains { $0.failure != nil })
    }

    @Test func `what was changed is named`() throws {
        let simulation = try Self.ran(Self.examples()[4])
        func difference(_ change: (inout [Trial], inout [FrontVersion]) -> Void) throws -> String? {
            var (trials, versions) = (simulation.trials, simulation.versions)
            change(&trials, &versions)
            let found = try Self.replay(simulation, trials: trials, versions: versions).difference
            return found.map { "\($0.subject), \($0.key)" }
        }
        let chosen = try #require(simulation.trials.last { $0.parent == nil && $0.label == nil })
        #expect(try difference { trials, _ in trials[3].seed += 1 } == "trial 3, seed")
        #expect(try difference { trials, _ in trials[2].label = nil } == "trial 2, label")
        #expect(
            try difference { trials, _ in trials[chosen.number].configuration = ["x": 1] }
                == "trial \(chosen.number), configuration")
        #expect(
            try difference { trials, _ in trials[5].span.finish += 1 } == "trial 5, virtual time")
        #expect(
            try difference { _, versions in versions[1].hypervolume = 0.5 } == "front version 2, hypervolume")
        #expect(try difference { _, versions in versions[0].members = [1] } == "front version 1, members")
        let count = simulation.versions.count
        #expect(
            try difference { _, versions in versions.removeLast() } == "front version \(count), members")
        let stopped = try #require(simulation.trials.first { $0.state == .stopped })
        #expect(
            try difference { trials, _ in
                trials[stopped.number].take(
                    PromotedTrial(number: stopped.number, rung: 1, span: stopped.span))
                trials[stopped.number].state = .done
            } == "trial \(stopped.number), last rung")
        let replicated = try #require(simulation.trials.first { !$0.replicates.isEmpty })
        #expect(
            try difference { trials, _ in trials[replicated.number].replicates[0].seed += 1 }
                == "replicate 1 of trial \(replicated.number), seed")
        let derived = try #require(simulation.trials.first { $0.parent != nil })
        #expect(
            try difference { trials, _ in trials[derived.number].assignment = ["x": 1] }
                == "trial \(derived.number), assignment")
    }

    @Test func `a result that was changed shows in a proposal or a front`() throws {
        let simulation = try Self.ran(Self.examples()[0])
        var trials = simulation.trials
        let best = try #require(simulation.versions.first?.members.first)
        let index = try #require(trials[best].measurements.firstIndex { $0.name == "accuracy" })
        trials[best].measurements[index].value = 0.01
        #expect(try Self.replay(simulation, trials: trials).difference != nil)
    }

    @Test func `a cut that the stopping rule does not give is named`() throws {
        let simulation = try Self.ran(Self.examples()[6])
        var cut = try #require(Self.cut(simulation))
        cut.trials -= 1
        #expect(try Self.replay(simulation, cut: cut).difference?.subject == "cut")
        #expect(try Self.replay(simulation, cut: nil).difference?.subject == "cut")
    }

    @Test func `a limit of time cut the sequence where the record says`() throws {
        var simulation = try Self.ran(Self.examples()[0])
        simulation.study.search.trials = 1000
        #expect(
            try Self.replay(simulation, cut: SearchCut(trials: 30, reason: .wallTime)).difference == nil)
        #expect(
            try Self.replay(simulation, cut: SearchCut(trials: 31, reason: .wallTime)).difference?.subject
                == "trial 30")
    }

    @Test(arguments: [0, 2, 3, 4])
    func `a budget that grew ends with the trials and the front of the record`(example: Int) throws {
        var study = try Self.examples()[example]
        study.search.trials = 14
        var simulation = try Self.ran(study)
        simulation.study.search.trials = 30
        try simulation.run()
        let replay = try Self.replay(simulation, hasGrown: true)
        #expect(replay.difference == nil)
        #expect(replay.comparedVersions == 1)
        var trials = simulation.trials
        trials[3].seed += 1
        #expect(try Self.replay(simulation, hasGrown: true, trials: trials).difference?.key == "seed")
        var versions = simulation.versions
        versions[versions.count - 1].members.removeLast()
        #expect(
            try Self.replay(simulation, hasGrown: true, versions: versions).difference?.key == "members")
    }
}
