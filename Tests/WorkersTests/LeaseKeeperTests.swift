import Experiments
import Synchronization
import Testing
import Workers

@Suite(.timeLimit(.minutes(5))) struct LeaseKeeperTests {
    private let clock = ManualClock()
    private let queue = ScriptedQueue()
    private let reports = ReportBuffer()
    private let isLost = Flag()
    private let keeper: LeaseKeeper

    final class Flag: Sendable {
        private let value = Mutex(false)
        var isSet: Bool { value.withLock { $0 } }
        func set() { value.withLock { $0 = true } }
    }

    init() {
        keeper = LeaseKeeper(
            token: claim(.command([])).token, queue: queue, leaseSeconds: 30, grantedAt: .zero,
            reports: reports,
            clock: clock)
    }

    private func keep() -> Task<Void, Never> {
        Task { [keeper, isLost] in await keeper.keep { isLost.set() } }
    }

    @Test func `a lease is renewed three times in its length`() async {
        let keeping = keep()
        await clock.advance(by: .seconds(62), sleepers: 2)
        #expect((5...6).contains(await queue.calls.renewals.count))
        #expect(!isLost.isSet)
        keeping.cancel()
        await keeping.value
        #expect(!isLost.isSet)
    }

    @Test func `reports travel with a renewal, one write a second`() async {
        let keeping = keep()
        for step in 1...30 {
            reports.append(Report(step: step, metrics: [:]))
            await clock.advance(by: .milliseconds(100), sleepers: 2)
        }
        let sent = await queue.calls.renewals
        #expect((1...3).contains(sent.count))
        #expect(sent.flatMap(\.self) == Array(1...(sent.last?.last ?? 0)))
        keeping.cancel()
        await keeping.value
    }

    @Test func `a fenced renewal loses the lease at once and its reports are not stored twice`() async {
        await queue.fence()
        reports.append(Report(step: 1, metrics: [:]))
        let keeping = keep()
        await clock.advance(by: .seconds(30), sleepers: 2) { isLost.isSet }
        await keeping.value
        #expect(isLost.isSet)
        #expect(clock.now() < .seconds(5))
        #expect(await queue.calls.renewals == [[1]])
    }

    @Test func `a flush does not pass a renewal that is under way with reports`() async {
        await queue.freeze()
        reports.append(Report(step: 1, metrics: [:]))
        let keeping = keep()
        await clock.advance(by: .seconds(2), sleepers: 1)
        await queue.wait { $0.renewals == [[1]] }
        let flushing = Task { [keeper] in try? await keeper.flush() }
        // Its reply may never come: the end of the attempt must not be written without them.
        await queue.wait { $0.renewals == [[1], [1]] }
        flushing.cancel()
        keeping.cancel()
        await keeping.value
        await flushing.value
    }

    @Test func `an outage shorter than the lease loses nothing`() async {
        await queue.refuse(nextRenewals: Array(repeating: StoreError.unreachable("gone"), count: 12))
        reports.append(Report(step: 1, metrics: [:]))
        let keeping = keep()
        await clock.advance(by: .seconds(60), sleepers: 2)
        #expect(!isLost.isSet)
        #expect(await queue.calls.renewals.filter { $0 == [1] }.count == 13)
        #expect(reports.isEmpty)
        keeping.cancel()
        await keeping.value
    }

    @Test func `a lease that cannot be renewed is given up by the worker's own clock`() async {
        await queue.refuse(nextRenewals: Array(repeating: StoreError.unreachable("gone"), count: 1000))
        let keeping = keep()
        await clock.advance(by: .seconds(60), sleepers: 2) { isLost.isSet }
        await keeping.value
        #expect(isLost.isSet)
        #expect(clock.now() >= .seconds(30) && clock.now() < .seconds(31))
    }

    @Test func `a renewal that never returns does not hold up giving up`() async {
        let isHeld = Flag()
        await queue.freeze { isHeld.set() }
        let keeping = keep()
        await clock.advance(by: .seconds(60), sleepers: 2) { isHeld.isSet }
        await clock.advance(by: .seconds(60), sleepers: 1) { isLost.isSet }
        await keeping.value
        #expect(isLost.isSet)
        #expect(clock.now() < .seconds(31))
    }
}
