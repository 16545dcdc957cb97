import Experiments
import Search
import Testing

@Suite("Rungs: which trials go on, whatever happens to workers and controllers")
struct RungTests {
    private static let thirds = [1.0 / 9, 1.0 / 3, 1]

    static let storms: [(workers: Int, storm: UInt64)] = [1, 2, 7, 12].flatMap { workers in
        [11, 12, 13].map { (workers, $0) }
    }

    private static func run(_ study: Study, workers: Int = 1, storm: UInt64? = nil) throws -> StormSimulation
    {
        var simulation = StormSimulation(study, workers: workers, storm: storm)
        try simulation.run()
        return simulation
    }

    private static func check(_ study: Study, _ workers: Int, _ storm: UInt64) throws {
        let calm = try run(study)
        let stormy = try run(study, workers: workers, storm: storm)
        #expect(stormy.record == calm.record)
        #expect(stormy.versions == calm.versions)
        #expect(calm.versions.count > 3)
        let units = calm.trials.flatMap { trial in
            trial.rungs.indices.filter { !trial.hasFailed(at: $0) }.map { [trial.number, $0] }
        }
        for simulation in [calm, stormy] {
            #expect(simulation.trained.sorted { $0.lexicographicallyPrecedes($1) } == units)
        }
    }

    @Test(arguments: storms)
    func `a native study with rungs gives the same trials and front versions`(
        workers: Int, storm: UInt64
    ) throws {
        try Self.check(Examples.native(trials: 60, parallelism: 5, rungs: Self.thirds), workers, storm)
    }

    @Test(arguments: storms)
    func `a literal study with rungs gives the same trials and front versions`(
        workers: Int, storm: UInt64
    ) throws {
        try Self.check(Examples.zdt1(trials: 80, parallelism: 3, rungs: [0.1, 0.5, 1]), workers, storm)
    }

    @Test func `trials end done, stopped or failed, and the front holds the last rung alone`() throws {
        let study = try Examples.native(trials: 60, rungs: Self.thirds)
        let simulation = try Self.run(study)
        let states = Dictionary(grouping: simulation.trials, by: \.state)
        #expect(Set(states.keys) == [.done, .stopped, .failed])
        for trial in simulation.trials {
            switch trial.state {
            case .done: #expect(trial.rung == 2 && trial.rungs.count == 3)
            case .stopped: #expect(trial.rung < 2 && !trial.measurements.isEmpty)
            default: #expect(trial.measurements.isEmpty)
            }
        }
        // A third of a third, less what diverged.
        let done = states[.done]?.count { $0.label == nil } ?? 0
        #expect((4...6).contains(done), "\(done)")
        let front = Front.current(of: study, trials: simulation.trials)
        #expect(simulation.versions.last?.members == front.members.map(\.number))
        #expect(front.members.allSatisfy { $0.rung == 2 })
    }

    @Test func `baselines go on to the last rung whatever they reach`() throws {
        let simulation = try Self.run(try Examples.native(trials: 30, rungs: Self.thirds))
        let baselines = simulation.trials.filter { $0.label != nil }
        #expect(baselines.count == 6)
        #expect(baselines.allSatisfy { $0.state == .done && $0.rungs.count == 3 })
        #expect(baselines.allSatisfy { $0.rungs.allSatisfy { $0.measurements.count == 3 } })
    }

    @Test func `a rung takes its share of the trial's virtual time`() throws {
        let whole = try Self.run(Examples.zdt1(trials: 9, parallelism: 1))
        let study = Examples.zdt1(trials: 9, parallelism: 1, rungs: [0.1, 0.5, 1])
        let simulation = try Self.run(study)
        #expect(whole.trials.allSatisfy { $0.span.finish - $0.span.start == 1000 })
        for trial in simulation.trials {
            let lengths = trial.rungs.map { $0.span.finish - $0.span.start }
            #expect(lengths == Array([100, 400, 500].prefix(trial.rungs.count)))
            #expect(zip(trial.rungs, trial.rungs.dropFirst()).allSatisfy { $0.span.finish <= $1.span.start })
        }
    }

    @Test func `no decision needs more than parallelism workers`() throws {
        let simulation = try Self.run(Examples.zdt1(trials: 60, parallelism: 3, rungs: Self.thirds))
        let spans = simulation.trials.flatMap { $0.rungs.map(\.span) }
        for span in spans {
            #expect(spans.count { $0.start <= span.start && span.start < $0.finish } <= 3)
        }
    }

    @Test func `what waits goes on after the last proposal, and that is provisional`() throws {
        let simulation = try Self.run(Examples.zdt1(trials: 24, parallelism: 8, rungs: Self.thirds))
        let rungs = simulation.trials.flatMap(\.rungs)
        let last = try #require(simulation.trials.map(\.span.start).max())
        #expect(rungs.contains { $0.isProvisional })
        #expect(rungs.filter(\.isProvisional).allSatisfy { $0.span.start > last })
    }

    @Test(arguments: [UInt64?.none, 21, 22, 23])
    func `a budget that grew gives the trials of the larger one, and no smaller front`(storm: UInt64?) throws
    {
        let study = try Examples.native(trials: 50, parallelism: 6, rungs: Self.thirds)
        let whole = try Self.run(study)
        var smaller = study
        smaller.search.trials = 23
        var grown = StormSimulation(smaller, workers: 3, storm: storm)
        try grown.run()
        let before = grown.versions
        grown.study = study
        grown.wakeStopped()
        try grown.run()
        #expect(grown.record.map(\.configuration) == whole.record.map(\.configuration))
        for (mine, other) in zip(grown.record, whole.record) {
            // Beyond it there is only what the smaller budget let go on.
            #expect(Array(mine.rungs.prefix(other.rungs.count)) == other.rungs)
            #expect(mine.rungs.dropFirst(other.rungs.count).allSatisfy { $0.isProvisional })
        }
        #expect(Array(grown.versions.prefix(before.count)) == before)
        #expect(grown.versions.map(\.version) == Array(1...grown.versions.count))
        #expect(Set(grown.trained).count == grown.trained.count)
        let front = Front.current(of: study, trials: grown.trials)
        #expect(grown.versions.last?.members == front.members.map(\.number))
        let volumes = try [front.hypervolume, Front.current(of: study, trials: whole.trials).hypervolume]
            .map { try #require($0) }
        #expect(volumes[0] >= volumes[1])
    }

    @Test func `what is stored of a promotion must fit the study`() throws {
        let study = Examples.zdt1(trials: 30, rungs: Self.thirds)
        let simulation = try Self.run(study)
        let promoted = try #require(
            simulation.trials.firstIndex { $0.rungs.count > 1 && !$0.rungs[1].isProvisional })
        let changes: [(inout Trial) -> Void] = [
            { $0.rungs[1].span.start += 1 }, { $0.rungs[1].span.finish = $0.rungs[1].span.start },
            { $0.rungs += $0.rungs }, { $0.rung = 5 },
        ]
        for change in changes {
            var trials = simulation.trials
            change(&trials[promoted])
            #expect(throws: InputError.self) { try StudyPlan(study: study, trials: trials) }
        }
    }

    @Test(arguments: [1, 2, 3, 8, 9, 26, 27])
    func `few trials have a front too, and as many at each rung as expected`(trials: Int) throws {
        let study = Examples.zdt1(trials: trials, rungs: Self.thirds)
        var simulation = StormSimulation(study, failing: [])
        try simulation.run()
        let arrivals = (0..<3).map { rung in simulation.trials.count { $0.rung >= rung } }
        #expect(SearchBudget(of: study).expectedArrivals == arrivals)
        #expect(!Front.current(of: study, trials: simulation.trials).members.isEmpty)
    }

    @Test func `with rungs a study costs a fraction of its trials`() throws {
        let study = Examples.zdt1(trials: 90, rungs: Self.thirds)
        let fidelities = Fidelities(of: study)
        #expect(fidelities.expectedArrivals.map { ($0 * 9).rounded() } == [9, 3, 1])
        #expect(abs(fidelities.expectedCost - 7.0 / 27) < 1e-12)
        let trials = try Self.run(study).trials
        let cost = fidelities.cost(of: trials)
        // Every eleventh diverges, and what was not measured lets nobody go on.
        #expect(cost > 0.75 * 90 * fidelities.expectedCost && cost <= 90 * fidelities.expectedCost)
        #expect(trials.count { $0.rung > 0 } <= 30 && trials.count { $0.rung > 1 } <= 10)
        #expect(Fidelities(of: Examples.zdt1()).expectedCost == 1)
    }

    @Test(arguments: [(UInt64(1), 0.0), (2, 0.05), (3, 0.2)])
    func `a controller drives rungs to their end whatever calls fail`(
        seed: UInt64, trouble: Double
    ) async throws {
        let study = try Examples.native(trials: 30, rungs: Self.thirds)
        let store = SimulatedStore(study, seed: seed, trouble: trouble)
        try await StudyController(store: store, clock: InstantClock()).run("native")
        var calm = StormSimulation(study, failing: [])
        try calm.run()
        #expect(await store.rows == calm.record(attempts: 0))
        #expect(await store.versions == calm.versions)
        #expect(await store.stored.state == .complete)
        #expect(await store.wrongFronts == 0)
        #expect(await store.tested == Set(calm.versions.last!.members))
    }
}

extension RungTests {
    @Test func `strategies see what each rung gave, at the last one that was reached`() throws {
        let study = try Examples.native(trials: 30, parallelism: 1, rungs: Self.thirds)
        var plan = try StudyPlan(study: study, trials: try Self.run(study).trials)
        #expect(try plan.nextDecisions().isEmpty)
        let seen = plan.visible
        #expect(seen.count == 30)
        #expect(Set(seen.map(\.fidelity)) == Set(Self.thirds))
        for trial in seen {
            let lower = Self.thirds.prefix { $0 < trial.fidelity }
            #expect(trial.earlier.map(\.fidelity) == Array(lower))
            guard let losses = trial.losses else { continue }
            // Parameters are the same at every rung, quality is not.
            #expect(trial.earlier.allSatisfy { $0.losses[1] == losses[1] && $0.losses[0] > losses[0] })
        }
    }
}
