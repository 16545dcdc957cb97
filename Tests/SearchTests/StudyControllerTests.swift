import Experiments
import Search
import Synchronization
import Testing

struct StudyControllerTests {
    private static func calm(_ study: Study) throws -> StormSimulation {
        var simulation = StormSimulation(study, failing: [])
        try simulation.run()
        return simulation
    }

    private static func controller(_ store: SimulatedStore) -> StudyController {
        StudyController(store: store, clock: InstantClock())
    }

    @Test(arguments: [(UInt64(1), 0.0), (2, 0.02), (3, 0.1), (4, 0.2)])
    func `a study is driven to its end whatever calls fail`(seed: UInt64, trouble: Double) async throws {
        let study = try Examples.native(trials: 30)
        let store = SimulatedStore(study, seed: seed, trouble: trouble)
        try await Self.controller(store).run("native")
        let expected = try Self.calm(study)
        #expect(await store.rows == expected.record(attempts: 0))
        #expect(await store.versions == expected.versions)
        #expect(await store.stored.state == .complete)
        #expect(await store.tested == Set(expected.versions.last!.members))
        #expect(await store.states.contains(.testing))
        #expect(await (store.failures > 0) == (trouble > 0))
        #expect(await store.wrongFronts == 0)
    }

    @Test func `what was cut between a look and the grant of control is cut`() async throws {
        let store = SimulatedStore(try Examples.native(trials: 30), seed: 1)
        await store.cutLate(at: SearchCut(trials: 8, reason: .wallTime))
        try await Self.controller(store).run("native")
        #expect(await store.rows.count == 8)
        #expect(await store.stored.state == .complete)
    }

    @Test func `a trial is read once, when it has ended`() async throws {
        let store = SimulatedStore(try Examples.native(trials: 60), seed: 3)
        try await Self.controller(store).run("native")
        #expect(await store.rowsRead == store.rows.count { $0.parent == nil })
        // A complete study is not read at all.
        try await Self.controller(store).run("native")
        #expect(await store.rowsRead == store.rows.count { $0.parent == nil })
    }

    @Test func `without a test split the study completes at once`() async throws {
        let store = SimulatedStore(try Examples.native(trials: 9, hasTest: false), seed: 1)
        try await Self.controller(store).run("native")
        #expect(await store.states == [.complete])
        #expect(await store.tested.isEmpty)
    }

    @Test func `a complete study has nothing to do, and goes on when the budget grew`() async throws {
        let study = try Examples.native(trials: 12)
        let store = SimulatedStore(study, seed: 1)
        try await Self.controller(store).run("native")
        try await Self.controller(store).run("native")
        #expect(await store.rows.count == 12)
        await store.extend(1, trials: 25)
        try await Self.controller(store).run("native")
        var larger = study
        larger.search.trials = 25
        #expect(try await store.rows == Self.calm(larger).record(attempts: 0))
        #expect(await store.stored.state == .complete)
    }

    @Test func `without room decisions wait, and come out the same afterwards`() async throws {
        let study = try Examples.native(trials: 20, rungs: [0.2, 1], derived: 1)
        let looks = Mutex(0)
        let store = SimulatedStore(study, seed: 1)
        // Room comes and goes, some looks at a time.
        let controller = StudyController(
            store: store, clock: InstantClock(),
            hasRoom: {
                looks.withLock { looks in
                    looks += 1; return looks > 30 && looks / 7 % 2 == 0
                }
            })
        try await controller.run("native")
        #expect(looks.withLock { $0 } > 60)
        let expected = try Self.calm(study)
        #expect(await store.rows == expected.record(attempts: 0))
        #expect(await store.versions == expected.versions)
    }

    @Test func `a controller that is cancelled leaves the rest to the next`() async throws {
        let study = try Examples.native(trials: 30)
        let (finished, signal) = AsyncStream.makeStream(of: Int.self)
        let store = SimulatedStore(study, seed: 6) { signal.yield($0) }
        let first = Task { try await Self.controller(store).run("native") }
        for await count in finished where count >= 8 { break }
        first.cancel()
        await #expect(throws: CancellationError.self) { try await first.value }
        #expect(await store.rows.contains { !$0.state.isFinal })
        try await Self.controller(store).run("native")
        #expect(try await store.rows == Self.calm(study).record(attempts: 0))
    }

    @Test func `two controllers of one study do not disturb each other`() async throws {
        let study = try Examples.native(trials: 30)
        let store = SimulatedStore(study, seed: 8, trouble: 0.02)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<2 { group.addTask { try await Self.controller(store).run("native") } }
            try await group.waitForAll()
        }
        let expected = try Self.calm(study)
        #expect(await store.rows == expected.record(attempts: 0))
        #expect(await store.versions == expected.versions)
    }

    @Test func `a controller that was fenced leaves the other one twice the time that it thought itself`()
        async throws
    {
        let study = try Examples.native(trials: 12)
        func longestPause(fencing count: Int) async throws -> Duration {
            let store = SimulatedStore(study, seed: 1)
            await store.fence(nextWrites: count)
            let clock = PonderousClock()
            try await StudyController(store: store, clock: clock).run("native")
            #expect(try await store.rows == Self.calm(study).record(attempts: 0))
            return clock.longestPause
        }
        #expect(try await longestPause(fencing: 0) <= .milliseconds(100))
        #expect(try await longestPause(fencing: 1) >= .seconds(1.9))
    }

    @Test func `an unknown study is refused`() async throws {
        let store = SimulatedStore(try Examples.native(), seed: 1)
        await #expect(throws: InputError.self) { try await Self.controller(store).run("other") }
    }
}
