/// When to renew a lease, and when to give up on it.
///
/// A pure value on the worker's own monotonic time. The database's clock is
/// the authority on whether the lease holds; this one only makes sure that the
/// worker stops before the database may hand the trial to another. It counts
/// from before a renewal was sent, hence never lasts longer than the lease
/// that the database granted on its receipt.
package struct LeaseClock: Sendable, Hashable {
    package enum Action: Sendable, Hashable {
        case wait, renew, giveUp
    }

    /// The length of the lease.
    package let lease: Duration
    /// Between two writes for reports alone.
    package let reportInterval: Duration
    /// When the last granted call was sent.
    package private(set) var granted: Duration
    /// When the last call was sent, granted or not.
    private var tried: Duration

    package init(lease: Duration, reportInterval: Duration = .seconds(1), grantedAt granted: Duration) {
        self.lease = lease
        self.reportInterval = reportInterval
        self.granted = granted
        tried = granted
    }

    /// What is to be done now.
    package func action(at now: Duration, hasReports: Bool) -> Action {
        if now >= expiry { return .giveUp }
        if now < tried + min(reportInterval, lease / 3) { return .wait }
        return hasReports || now >= granted + lease / 3 ? .renew : .wait
    }

    /// When the lease has run out as far as the worker can know.
    package var expiry: Duration { granted + lease }

    /// How often to look: often enough for every decision above.
    package var tick: Duration { min(reportInterval, lease / 12) }

    package mutating func noteTry(at now: Duration) {
        tried = now
    }

    /// The call that was sent at `now` was granted.
    package mutating func noteGrant(sentAt now: Duration) {
        granted = max(granted, now)
    }
}
