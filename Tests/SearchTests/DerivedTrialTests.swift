import Experiments
import Search
import Testing

@Suite("Derived trials: where they come in, whatever happens to workers and controllers")
struct DerivedTrialTests {
    private static let thirds = [1.0 / 9, 1.0 / 3, 1]

    static let storms: [(workers: Int, storm: UInt64)] = [1, 2, 7, 12].flatMap { workers in
        [11, 12, 13].map { (workers, $0) }
    }

    private static func run(
        _ study: Study, workers: Int = 1, storm: UInt64? = nil, failing: Set<Int>? = nil
    ) throws -> StormSimulation {
        var simulation = StormSimulation(study, workers: workers, storm: storm)
        if let failing { simulation.failing = failing }
        try simulation.run()
        return simulation
    }

    private static func study(
        trials: Int = 40, parallelism: Int = 5, rungs: [Double] = [1], strategy: String = "nsga2"
    ) throws -> Study {
        try Examples.native(
            trials: trials, parallelism: parallelism, strategy: strategy, rungs: rungs, derived: 2)
    }

    @Test(arguments: storms)
    func `the same trials get the same numbers, and the versions are the same`(
        workers: Int, storm: UInt64
    ) throws {
        let study = try Self.study()
        let calm = try Self.run(study)
        let stormy = try Self.run(study, workers: workers, storm: storm)
        let isSame = stormy.record == calm.record
        #expect(isSame)
        #expect(stormy.versions == calm.versions)
        #expect(calm.trials.count { $0.parent != nil } > 20)
        // They stand between the proposals, not behind them all.
        #expect(calm.trials.prefix(40).contains { $0.parent != nil })
    }

    @Test(arguments: storms)
    func `with rungs too`(workers: Int, storm: UInt64) throws {
        let study = try Self.study(trials: 60, rungs: Self.thirds)
        let calm = try Self.run(study)
        let stormy = try Self.run(study, workers: workers, storm: storm)
        let isSame = stormy.record == calm.record
        #expect(isSame)
        #expect(stormy.versions == calm.versions)
        let parents = Set(calm.trials.compactMap(\.parent))
        #expect(parents.count > 5)
        #expect(parents.allSatisfy { calm.trials[$0].state == .done })
    }

    @Test func `the budget counts what was proposed, and proposals keep their seeds`() throws {
        let study = try Self.study(strategy: "random")
        var without = study
        without.search.derived = 0
        let trials = try Self.run(study).trials
        let proposed = trials.filter { $0.parent == nil }
        let expected = try Self.run(without, workers: 1, storm: nil).trials
        #expect(proposed.count == 40 && expected.count == 40)
        #expect(proposed.map(\.seed) == expected.map(\.seed))
        #expect(proposed.map(\.label) == expected.map(\.label))
        #expect(proposed.map(\.configuration) == expected.map(\.configuration))
        #expect(proposed.map(\.span) == expected.map(\.span))
        #expect(trials.map(\.number) == Array(trials.indices))
    }

    @Test func `a derived trial stands behind its parent, and no configuration twice`() throws {
        let simulation = try Self.run(try Self.study())
        let trials = simulation.trials
        for trial in trials where trial.parent != nil {
            let parent = trials[trial.parent!]
            #expect(parent.number < trial.number && parent.parent == nil)
            #expect(trial.seed == parent.seed && trial.state == .done && trial.attempts == 0)
            #expect(parent.derived.contains { $0.configuration == trial.configuration })
        }
        #expect(Set(trials.map(\.configuration.canonicalText)).count == trials.count)
        // What follows from every trial became one of the first alone.
        let shared = trials.filter { $0.derivation == "way 0" }
        #expect(shared.count == 1)
        let finishes = trials.filter { $0.state == .done && $0.parent == nil }.map(\.span.finish)
        #expect(trials[try #require(shared.first?.parent)].span.finish == finishes.min())
    }

    @Test func `a proposal sees what was derived from trials that finished before it`() throws {
        let study = try Self.study(trials: 30, parallelism: 1, rungs: Self.thirds)
        let trials = try Self.run(study).trials
        var plan = try StudyPlan(study: study, trials: trials)
        #expect(try plan.nextDecisions().isEmpty)
        let derived = plan.visible.filter(\.isDerived)
        #expect(derived.count == trials.count { $0.parent != nil })
        #expect(derived.allSatisfy { $0.fidelity == 1 && $0.earlier.isEmpty && $0.losses?.count == 2 })
        #expect(Set(plan.visible.map(\.number)).count == plan.visible.count)
    }

    @Test func `the last version holds derived trials as readers compute it`() throws {
        let study = try Self.study()
        let simulation = try Self.run(study)
        let front = Front.current(of: study, trials: simulation.trials)
        #expect(simulation.versions.last?.members == front.members.map(\.number))
        #expect(front.members.contains { $0.parent != nil })
        #expect(simulation.versions.contains { simulation.trials[$0.cause].parent != nil })
    }

    @Test(arguments: [UInt64?.none, 21, 22, 23], [[1.0], thirds])
    func `a budget that grew proposes what the larger one proposes`(storm: UInt64?, rungs: [Double]) throws {
        let study = try Self.study(trials: 40, rungs: rungs)
        // Numbers of what was derived differ, and with them who would diverge.
        let whole = try Self.run(study, failing: [])
        var smaller = study
        smaller.search.trials = 23
        var grown = try Self.run(smaller, workers: 3, storm: storm, failing: [])
        let before = grown.trials
        grown.study = study
        grown.wakeStopped()
        try grown.run()
        func proposals(_ simulation: StormSimulation) -> [[String]] {
            simulation.trials.filter { $0.parent == nil }
                .map { ["\($0.seed)", $0.configuration.canonicalText, "\($0.span)"] }
        }
        let isSame = proposals(grown) == proposals(whole)
        #expect(isSame)
        #expect(grown.trials.prefix(before.count).map(\.configuration) == before.map(\.configuration))
        // What the smaller budget derived at its end stays beside it.
        let fronts = [grown, whole].map { Front.current(of: study, trials: $0.trials) }
        let volumes = try fronts.map { try #require($0.hypervolume) }
        #expect(volumes[0] >= volumes[1])
        #expect(grown.versions.last?.members == fronts[0].members.map(\.number))
    }

    @Test func `whatever numbers derived trials have, ties are broken alike`() throws {
        for seed in UInt64(1)...12 {
            let study = try Examples.native(seed: seed, trials: 40, parallelism: 16, derived: 2)
            var grown = StormSimulation(study, failing: [])
            grown.study.search.trials = 20
            try grown.run()
            grown.study = study
            try grown.run()
            let proposals = [grown.trials, try Self.run(study, failing: []).trials].map { trials in
                trials.filter { $0.parent == nil }.map(\.configuration)
            }
            let isSame = proposals[0] == proposals[1]
            #expect(isSame, "seed \(seed)")
        }
    }

    @Test func `what the larger budget proposes may have been derived at the smaller one's end`() throws {
        var study = try Self.study(trials: 24, strategy: "random")
        let whole = try Self.run(study, failing: []).trials.filter { $0.parent == nil }
        var grown = StormSimulation(study, failing: [])
        // The last proposal of the smaller budget gives what the next one would propose.
        grown.derive = { trial, study in
            guard trial.seed == whole[19].seed else { return [] }
            return [
                DerivedResult(
                    configuration: whole[20].configuration, method: "ahead",
                    measurements: try Examples.measure(trial, in: study), artifact: "ab12")
            ]
        }
        grown.study.search.trials = 20
        try grown.run()
        #expect(grown.trials.count == 21 && grown.trials[20].parent == 19)
        grown.study.search.trials = 24
        try grown.run()
        let proposed = grown.trials.filter { $0.parent == nil }.map(\.configuration)
        #expect(proposed == whole.map(\.configuration))
        // The plan that is made anew of all that is stored decides nothing more.
        study.search.trials = 24
        var plan = try StudyPlan(study: study, trials: grown.trials, versions: grown.versions)
        #expect(try plan.nextDecisions().isEmpty && plan.nextVersions().isEmpty && plan.isOver)
    }

    @Test func `what is stored of a derived trial must fit its parent`() throws {
        let study = try Self.study(trials: 20)
        let stored = try Self.run(study).trials
        let place = try #require(stored.firstIndex { $0.parent != nil })
        let changes: [(inout Trial) -> Void] = [
            { $0.seed += 1 }, { $0.parent = $0.number }, { $0.parent = 9999 }, { $0.parent = nil },
            { $0.number += 1 }, { $0.state = .ready }, { $0.configuration = [:] },
        ]
        for change in changes {
            var trials = stored
            change(&trials[place])
            #expect(throws: InputError.self) { try StudyPlan(study: study, trials: trials) }
        }
    }

    @Test(arguments: [(UInt64(1), 0.0), (2, 0.05), (3, 0.2)])
    func `a controller stores what was derived, whatever calls fail`(
        seed: UInt64, trouble: Double
    ) async throws {
        let study = try Self.study(trials: 30, rungs: Self.thirds)
        let store = SimulatedStore(study, seed: seed, trouble: trouble)
        try await StudyController(store: store, clock: InstantClock()).run("native")
        var calm = StormSimulation(study, failing: [])
        try calm.run()
        #expect(await store.rows == calm.record(attempts: 0))
        #expect(await store.versions == calm.versions)
        // Between a trial that was derived and its front lies a write that may fail.
        if trouble == 0 { #expect(await store.wrongFronts == 0) }
        #expect(await store.tested == Set(calm.versions.last!.members))
        #expect(calm.versions.last!.members.contains { calm.trials[$0].parent != nil })
    }
}
