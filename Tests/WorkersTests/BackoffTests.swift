import Testing
import Workers

@Suite struct BackoffTests {
    @Test func `waits grow to five seconds and no further`() {
        var backoff = Backoff(seed: 1, slot: 0)
        let delays = (0..<200).map { _ in backoff.nextDelay() }
        #expect(delays.allSatisfy { $0 >= .milliseconds(50) && $0 <= .seconds(5) })
        #expect(delays[0] <= .milliseconds(50))
        #expect(delays.contains { $0 > .seconds(2) })
    }

    @Test func `slots of one worker do not ask in step`() {
        var first = Backoff(seed: 1, slot: 0)
        var second = Backoff(seed: 1, slot: 1)
        for _ in 0..<9 { _ = (first.pollingDelay(in: 0.2...1), second.pollingDelay(in: 0.2...1)) }
        let (a, b) = (first.pollingDelay(in: 0.2...1), second.pollingDelay(in: 0.2...1))
        #expect(a != b)
        #expect([a, b].allSatisfy { $0 >= .milliseconds(200) && $0 <= .seconds(1) })
    }

    @Test func `an idle slot asks again soon after it had work, then ever more seldom`() {
        var backoff = Backoff(seed: 1, slot: 0)
        for _ in 0..<20 { _ = backoff.pollingDelay(in: 0.2...1) }
        backoff.reset()
        let delays = (0..<8).map { _ in backoff.pollingDelay(in: 0.2...1) }
        #expect(delays[0] <= .milliseconds(4) && delays[0] >= .milliseconds(2))
        #expect(delays[5] >= .milliseconds(64) && delays.allSatisfy { $0 <= .seconds(1) })
    }
}
