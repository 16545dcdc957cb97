import Experiments
import Search
import Testing

import func Foundation.pow

struct StoppingRuleTests {
    private static func stopping(
        _ rule: StoppingRule, trials: Int = 300, rungs: [Double] = [1]
    ) throws -> Study {
        var study = try Examples.native(trials: trials, rungs: rungs)
        study.search.limits.stoppingRule = rule
        return study
    }

    private static let unit = [LossBounds(range: [0, 1]), LossBounds(range: [0, 1])]

    /// A front of which each trial adds a little less.
    private static func shrinking(_ count: Int) -> [[Double]?] {
        (0..<count).map { [pow(0.9, Double($0)), pow(0.9, Double($0))] }
    }

    @Test func `a front that has stopped growing satisfies the rule, one that grows does not`() {
        let rule = StoppingRule(improvementBelow: 0.01, patience: 5)
        let growing = FrontProgress(losses: Self.shrinking(10), bounds: Self.unit)
        #expect(!growing.satisfies(rule))
        let flat = FrontProgress(
            losses: Self.shrinking(10) + Array(repeating: [0.9, 0.9], count: 10), bounds: Self.unit)
        #expect(flat.satisfies(rule))
        #expect(!flat.satisfies(StoppingRule(improvementBelow: 0.01, patience: 11)))
    }

    @Test func `one quiet stretch after a good one does not suffice`() {
        let rule = StoppingRule(improvementBelow: 0.01, patience: 5)
        let quiet = Self.shrinking(10) + Array(repeating: [0.9, 0.9], count: 5)
        #expect(!FrontProgress(losses: quiet, bounds: Self.unit).satisfies(rule))
    }

    @Test func `trials that cannot be on the front count as trials, and none ends nothing`() {
        let rule = StoppingRule(improvementBelow: 0.01, patience: 3)
        let nothing = [[Double]?](repeating: nil, count: 50)
        #expect(!FrontProgress(losses: nothing, bounds: Self.unit).satisfies(rule))
        #expect(FrontProgress(losses: [[0.5, 0.5]] + nothing, bounds: Self.unit).satisfies(rule))
    }

    @Test func `losses without bounds are measured by their own range`() {
        let rule = StoppingRule(improvementBelow: 0.01, patience: 2)
        let flat: [[Double]?] = [[1e6, -0.7], [1e3, -0.6]] + Array(repeating: [2e6, -0.5], count: 6)
        #expect(FrontProgress(losses: flat, bounds: [nil, nil]).satisfies(rule))
        #expect(!FrontProgress(losses: flat + [[10, -0.9]], bounds: [nil, nil]).satisfies(rule))
    }

    @Test(arguments: [[1.0], [0.25, 0.5, 1]])
    func `one worker or seven stop at the same trial, in a storm too`(rungs: [Double]) throws {
        let study = try Self.stopping(StoppingRule(improvementBelow: 0.02, patience: 6), rungs: rungs)
        var runs: [StormSimulation] = []
        for (workers, storm) in [(1, nil), (7, nil), (3, UInt64(5)), (7, 9)] {
            var simulation = StormSimulation(study, workers: workers, storm: storm)
            try simulation.run()
            runs.append(simulation)
        }
        #expect(runs[0].trials.count >= 12 && runs[0].trials.count < 300)
        for run in runs.dropFirst() { #expect(run.record == runs[0].record) }
        // The rule ends the sequence and changes nothing of it.
        var plain = study
        plain.search.limits = SearchLimits()
        plain.search.trials = runs[0].trials.count
        var simulation = StormSimulation(plain)
        try simulation.run()
        #expect(simulation.record == runs[0].record)
    }

    @Test func `a controller records why it stopped, and goes on with more patience`() async throws {
        let study = try Self.stopping(StoppingRule(improvementBelow: 0.02, patience: 6))
        let store = SimulatedStore(study, seed: 2, trouble: 0.05)
        let controller = StudyController(store: store, clock: InstantClock())
        try await controller.run("native")
        let first = try #require(await store.stored.cut)
        #expect(first.reason == .improvement)
        #expect(await store.rows.count == first.trials)
        await store.extend(
            1, limits: SearchLimits(stoppingRule: StoppingRule(improvementBelow: 0.02, patience: 20)))
        try await controller.run("native")
        #expect(await (store.stored.cut?.trials ?? 300) > first.trials)
        var straight = StormSimulation(await store.stored.study, failing: [])
        try straight.run()
        #expect(await store.rows == straight.record(attempts: 0))
    }
}
