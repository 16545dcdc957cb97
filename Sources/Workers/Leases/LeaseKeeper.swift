package import Experiments
import Synchronization

/// Holds the lease of one claim: renews it, stores reports with the renewals,
/// and says when it is lost.
package final class LeaseKeeper: Sendable {
    private let token: WorkToken
    private let queue: any TrialQueue
    private let leaseSeconds: Double
    private let reports: ReportBuffer
    private let clock: any MonotonicClock
    private let lease: Mutex<LeaseClock>

    /// `grantedAt` is when the claim was sent.
    package init(
        token: WorkToken, queue: any TrialQueue, leaseSeconds: Double, grantedAt: Duration,
        reports: ReportBuffer, clock: any MonotonicClock
    ) {
        self.token = token
        self.queue = queue
        self.leaseSeconds = leaseSeconds
        self.reports = reports
        self.clock = clock
        lease = Mutex(LeaseClock(lease: .seconds(leaseSeconds), grantedAt: grantedAt))
    }

    /// How long there is nothing to do at first.
    package var firstPause: Duration {
        lease.withLock { max(.zero, min($0.tick, $0.expiry - clock.now())) }
    }

    /// Keeps the lease until it is lost, which `onLoss` is told at once, or
    /// until the task is cancelled.
    package func keep(onLoss: @escaping @Sendable () -> Void) async {
        await withTaskGroup(of: Bool.self) { tasks in
            tasks.addTask { await self.renewUntilFenced() }
            // On its own, because a call to a frozen database may not return.
            tasks.addTask { await self.waitUntilExpired() }
            if await tasks.next() == true { onLoss() }
            tasks.cancelAll()
        }
    }

    /// Stores what reports there are, if that can be done now.
    package func flush() async throws {
        guard !reports.isEmpty else { return }
        try await renew()
    }

    /// True when the lease is lost; false when the task was cancelled.
    private func renewUntilFenced() async -> Bool {
        while true {
            let (action, tick) = lease.withLock {
                ($0.action(at: clock.now(), hasReports: !reports.isEmpty), $0.tick)
            }
            if action == .renew {
                do { try await renew() } catch StoreError.fenced { return true } catch {}
            }
            guard (try? await clock.sleep(for: tick)) != nil else { return false }
        }
    }

    private func waitUntilExpired() async -> Bool {
        while true {
            let remaining = lease.withLock { $0.expiry } - clock.now()
            if remaining <= .zero { return true }
            guard (try? await clock.sleep(for: remaining)) != nil else { return false }
        }
    }

    private func renew() async throws {
        let sent = clock.now()
        lease.withLock { $0.noteTry(at: sent) }
        let batch = reports.pending
        do {
            try await queue.renew(token, leaseSeconds: leaseSeconds, reports: batch)
        } catch StoreError.refused where !batch.isEmpty {
            // What the store does not take now it will not take later; the lease is worth more.
            try await queue.renew(token, leaseSeconds: leaseSeconds, reports: [])
        }
        reports.remove(batch)
        lease.withLock { $0.noteGrant(sentAt: sent) }
    }
}
