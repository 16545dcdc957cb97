import Experiments
import Search
import Synchronization
import Testing

/// What a controller makes of a study that a person pauses, stops or lets go
/// on.
struct OperatedStudyTests {
    private static func calm(_ study: Study) throws -> StormSimulation {
        var simulation = StormSimulation(study, failing: [])
        try simulation.run()
        return simulation
    }

    private static func drive(
        _ store: SimulatedStore, notePause: @escaping @Sendable (Bool) -> Void = { _ in }
    ) async throws {
        try await StudyController(store: store, clock: InstantClock(), notePause: notePause).run("native")
    }

    /// Drives a study, and once some trials have ended does something to it.
    private static func drive(
        _ study: Study, seed: UInt64, until count: Int = 6,
        then operation: @escaping @Sendable (SimulatedStore) async -> Void
    ) async throws -> SimulatedStore {
        let (finished, signal) = AsyncStream.makeStream(of: Int.self)
        let store = SimulatedStore(study, seed: seed) { signal.yield($0) }
        async let driving: Void = drive(store)
        for await ended in finished where ended >= count { break }
        await operation(store)
        try await driving
        return store
    }

    @Test func `while it is paused nothing is decided, and it comes out the same afterwards`() async throws {
        let study = try Examples.native(trials: 30, rungs: [0.2, 1], derived: 1)
        let (pauses, signal) = AsyncStream.makeStream(of: Bool.self)
        let store = SimulatedStore(study, seed: 5)
        await store.pause(1)
        async let driving: Void = Self.drive(store) { signal.yield($0) }
        var notes = pauses.makeAsyncIterator()
        #expect(await notes.next() == true)
        #expect(await store.rows.isEmpty)
        await store.resume(1)
        #expect(await notes.next() == false)
        try await driving
        let expected = try Self.calm(study)
        #expect(await store.rows == expected.record(attempts: 0))
        #expect(await store.versions == expected.versions)
    }

    @Test(arguments: [UInt64(1), 2, 3])
    func `stopped it is the study with a budget of what was proposed`(seed: UInt64) async throws {
        var study = try Examples.native(trials: 200, rungs: [0.2, 1], derived: 1)
        let store = try await Self.drive(study, seed: seed) { await $0.stop(1, now: false) }
        let cut = try #require(await store.stored.cut)
        #expect(cut.reason == .stop && (6..<200).contains(cut.trials))
        study.search.trials = cut.trials
        let expected = try Self.calm(study)
        #expect(await store.rows == expected.record(attempts: 0))
        #expect(await store.versions == expected.versions)
        #expect(await store.stored.state == .complete)
        let replay = try PlanReplay(
            of: await store.stored, trials: await store.rows, versions: await store.versions)
        #expect(replay.difference == nil)
    }

    @Test(arguments: [UInt64(1), 2, 3])
    func `stopped at once nobody goes on to a further rung`(seed: UInt64) async throws {
        let study = try Examples.native(trials: 200, rungs: [0.2, 1])
        let stopped = Mutex([Trial]())
        let store = try await Self.drive(study, seed: seed, until: 12) { store in
            await store.stop(1, now: true)
            let rows = await store.rows
            stopped.withLock { $0 = rows }
        }
        let rows = await store.rows
        let before = stopped.withLock { $0 }
        #expect(rows.map(\.rung) == before.map(\.rung))
        #expect(rows.filter { $0.state == .cancelled } == before.filter { $0.state == .cancelled })
        #expect(rows.allSatisfy { $0.state.isFinal })
        #expect(await store.stored.state == .complete)
    }

    @Test func `a stop that is taken back leaves the trials and the front of the whole study`() async throws {
        let study = try Examples.native(trials: 40)
        let store = try await Self.drive(study, seed: 4) { await $0.stop(1, now: true) }
        #expect(await store.rows.count < 40)
        await store.resume(1)
        try await Self.drive(store)
        let expected = try Self.calm(study)
        #expect(await store.rows == expected.record(attempts: 0))
        #expect(await store.versions.last?.members == expected.versions.last?.members)
    }
}
