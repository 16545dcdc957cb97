import Testing
import Workers

@Suite struct LeaseClockTests {
    private var clock = LeaseClock(lease: .seconds(30), grantedAt: .seconds(100))

    @Test func `a lease is renewed at a third`() {
        #expect(clock.action(at: .seconds(109), hasReports: false) == .wait)
        #expect(clock.action(at: .seconds(110), hasReports: false) == .renew)
    }

    @Test func `reports are sent at once but not more than one write a second`() {
        #expect(clock.action(at: .seconds(100.5), hasReports: true) == .wait)
        #expect(clock.action(at: .seconds(101), hasReports: true) == .renew)
    }

    @Test mutating func `a renewal that fails is tried again`() {
        clock.noteTry(at: .seconds(110))
        #expect(clock.action(at: .seconds(110.5), hasReports: false) == .wait)
        #expect(clock.action(at: .seconds(111), hasReports: false) == .renew)
    }

    @Test mutating func `a granted renewal counts from when it was sent`() {
        clock.noteTry(at: .seconds(112))
        clock.noteGrant(sentAt: .seconds(112))
        #expect(clock.expiry == .seconds(142))
        #expect(clock.action(at: .seconds(121), hasReports: false) == .wait)
        #expect(clock.action(at: .seconds(122), hasReports: false) == .renew)
    }

    @Test mutating func `a lease that nobody renewed is given up at its end`() {
        clock.noteTry(at: .seconds(129))
        #expect(clock.action(at: .seconds(129.5), hasReports: true) == .wait)
        #expect(clock.action(at: .seconds(130), hasReports: true) == .giveUp)
    }

    @Test func `a short lease is looked at in time`() {
        let short = LeaseClock(lease: .milliseconds(300), grantedAt: .zero)
        #expect(short.tick <= .milliseconds(25))
        #expect(short.action(at: .milliseconds(100), hasReports: false) == .renew)
    }
}
