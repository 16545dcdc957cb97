import Experiments
import Search
import Testing

struct ReplicationStormTests {
    private static func study(trials: Int = 40, derived: Int = 0) throws -> Study {
        try Examples.native(trials: trials, derived: derived, replicateFront: 4)
    }

    private static func calm(_ study: Study) throws -> StormSimulation {
        var simulation = StormSimulation(study, failing: [])
        try simulation.run()
        return simulation
    }

    @Test func `replicates change the front of the example, and the last version says so`() throws {
        let simulation = try Self.calm(Self.study())
        let last = try #require(simulation.versions.last)
        let searched = try #require(simulation.versions.last { !$0.isReplicated })
        #expect(last.isReplicated && last.version == searched.version + 1)
        #expect(last.members != searched.members)
        #expect(Set(last.members).symmetricDifference(searched.members).contains(last.cause))
        #expect(last.members.allSatisfy { simulation.trials[$0].replicates.count == 3 })
        let front = Front.current(of: simulation.study, trials: simulation.trials)
        #expect(front.members.map(\.number) == last.members && front.hypervolume == last.hypervolume)
        #expect(simulation.trials.flatMap(\.replicates).contains { $0.failure != nil })
        #expect(Set(simulation.replicated).count == simulation.replicated.count)
        #expect(simulation.trials.allSatisfy { $0.state == .done })
    }

    @Test(arguments: [(1, UInt64(1)), (3, 2), (12, 3), (5, 4)])
    func `replicates and the front do not depend on workers and storms`(
        workers: Int, storm: UInt64
    ) throws {
        let study = try Self.study(derived: 2)
        let calm = try Self.calm(study)
        var stormy = StormSimulation(study, workers: workers, storm: storm, failing: [])
        try stormy.run()
        #expect(stormy.trials.map(\.replicates.count) == calm.trials.map(\.replicates.count))
        #expect(
            stormy.trials.map { $0.replicates.map(\.seed) } == calm.trials.map { $0.replicates.map(\.seed) })
        #expect(stormy.versions == calm.versions)
        #expect(stormy.replicated != calm.replicated || workers == 1)
    }

    @Test func `a budget that grew ends with the front of the larger one`() throws {
        let whole = try Self.calm(Self.study(trials: 40))
        var grown = try Self.calm(Self.study(trials: 15))
        let before = grown.versions
        grown.study.search.trials = 40
        try grown.run()
        #expect(grown.trials.map(\.configuration) == whole.trials.map(\.configuration))
        #expect(grown.versions.last?.members == whole.versions.last?.members)
        #expect(grown.versions.last?.hypervolume == whole.versions.last?.hypervolume)
        #expect(Array(grown.versions.prefix(before.count)) == before)
        #expect(grown.versions.map(\.version) == Array(1...grown.versions.count))
        #expect(grown.versions.count { $0.isReplicated } == 2)
        // What the smaller budget asked for stays, and is asked for once.
        for (trial, other) in zip(grown.trials, whole.trials) where !other.replicates.isEmpty {
            #expect(trial.replicates.map(\.seed) == other.replicates.map(\.seed))
        }
    }

    @Test(arguments: [(UInt64(1), 0.0), (2, 0.05), (3, 0.2)])
    func `a controller replicates to the end whatever calls fail`(seed: UInt64, trouble: Double) async throws
    {
        let study = try Self.study(trials: 20)
        let store = SimulatedStore(study, seed: seed, trouble: trouble)
        try await StudyController(store: store, clock: InstantClock()).run("native")
        let expected = try Self.calm(study)
        #expect(await store.rows == expected.record(attempts: 0))
        #expect(await store.versions == expected.versions)
        #expect(await store.stored.state == .complete)
        #expect(await store.tested == Set(expected.versions.last!.members))
        #expect(await store.wrongFronts == 0)
        // Nothing is added by one more look.
        try await StudyController(store: store, clock: InstantClock()).run("native")
        #expect(await store.versions == expected.versions)
    }
}
