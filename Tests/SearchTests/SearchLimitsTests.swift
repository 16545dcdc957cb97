import Experiments
import Search
import Testing

struct SearchLimitsTests {
    private static func limited(_ limits: SearchLimits, rungs: [Double] = [1]) throws -> Study {
        var study = try Examples.native(trials: 200, rungs: rungs)
        study.search.limits = limits
        return study
    }

    private static func calm(_ study: Study, trials: Int) throws -> StormSimulation {
        var study = study
        study.search.trials = trials
        study.search.limits = SearchLimits()
        var simulation = StormSimulation(study, failing: [])
        try simulation.run()
        return simulation
    }

    @Test(arguments: [0.0, 0.1], [[1.0], [0.25, 0.5, 1]])
    func `a study that is cut after k trials is the study with a budget of k`(
        trouble: Double, rungs: [Double]
    ) async throws {
        let study = try Self.limited(SearchLimits(wallSeconds: 60), rungs: rungs)
        let store = SimulatedStore(study, seed: 3, trouble: trouble)
        try await StudyController(store: store, clock: InstantClock()).run("native")
        let cut = try #require(await store.stored.cut)
        #expect(cut.reason == .wallTime)
        #expect(cut.trials > 8 && cut.trials < 200)
        let expected = try Self.calm(study, trials: cut.trials)
        #expect(await store.rows == expected.record(attempts: 0))
        #expect(await store.versions.last?.members == expected.versions.last?.members)
        #expect(await store.stored.state == .complete)
    }

    @Test func `energy ends a search as time does, and a larger budget goes on`() async throws {
        // Units take two seconds of a slot each.
        let study = try Self.limited(SearchLimits(joules: 50, wattsPerSlot: 2))
        let store = SimulatedStore(study, seed: 5)
        let controller = StudyController(store: store, clock: InstantClock())
        try await controller.run("native")
        #expect(await store.stored.cut?.reason == .energy)
        let first = await store.rows.count
        #expect(abs(first - 13) <= 1)
        await store.extend(1, limits: SearchLimits(joules: 100, wattsPerSlot: 2))
        try await controller.run("native")
        let second = await store.rows.count
        #expect(abs(second - 25) <= 1)
        await store.extend(1, limits: SearchLimits())
        await store.extend(1, trials: 200)
        try await controller.run("native")
        #expect(await store.stored.cut == nil)
        #expect(try await store.rows == Self.calm(study, trials: 200).record(attempts: 0))
    }

    @Test func `limits only grow`() {
        let none = SearchLimits()
        let rule = StoppingRule(improvementBelow: 0.01, patience: 10)
        let some = SearchLimits(wallSeconds: 60, joules: 100, stoppingRule: rule)
        #expect(some.shrunk(in: some) == nil)
        #expect(some.shrunk(in: none) == nil)
        #expect(none.shrunk(in: SearchLimits(wallSeconds: 60)) == "wall_time")
        #expect(none.shrunk(in: SearchLimits(joules: 60)) == "energy")
        #expect(none.shrunk(in: SearchLimits(stoppingRule: rule)) == "stop")
        var other = some
        other.wallSeconds = 59
        #expect(some.shrunk(in: other) == "wall_time")
        other = some
        other.wattsPerSlot = 5
        #expect(some.shrunk(in: other) == "watts_per_slot")
        other = some
        other.stoppingRule?.patience = 11
        #expect(some.shrunk(in: other) == nil && other.shrunk(in: some) == "stop")
        other.stoppingRule?.improvementBelow = 0.02
        #expect(some.shrunk(in: other) == "stop")
    }

    @Test func `a forecast counts what still waits, at the pace so far`() {
        let spending = SearchSpending(
            wallSeconds: 100, endedSeconds: 150, runningSeconds: 50, unmeteredSeconds: 100, meteredJoules: 600
        )
        // A unit took 1.5 s of a slot; two slots were busy; 40 units are to come.
        let forecast = SpendingForecast(spending, (ended: 100, outstanding: 60))
        #expect(forecast.wallSeconds == 120)
        // 1000 J of 150 s have ended, 50 s have run, 40 s are to come.
        #expect(abs(forecast.joules(wattsPerSlot: 4) - (1000 + 90 * 1000.0 / 150)) < 1e-9)
        #expect(forecast.exceeded(of: SearchLimits(wallSeconds: 121)) == nil)
        #expect(forecast.exceeded(of: SearchLimits(wallSeconds: 120)) == .wallTime)
        #expect(forecast.exceeded(of: SearchLimits(joules: 1000)) == .energy)
        let nothing = SpendingForecast(SearchSpending(), (ended: 0, outstanding: 10))
        #expect(nothing.wallSeconds == 0 && nothing.joules(wattsPerSlot: 4) == 0)
    }

    @Test func `limits in JSON read back`() throws {
        var study = try Self.limited(
            SearchLimits(
                wallSeconds: 1.5, joules: 7, wattsPerSlot: 9,
                stoppingRule: StoppingRule(improvementBelow: 0.5, patience: 3)))
        #expect(try Study(json: study.json) == study)
        let hash = study.identityHash
        study.search.limits = SearchLimits()
        #expect(try Study(json: study.json) == study)
        #expect(study.identityHash == hash)
    }
}
