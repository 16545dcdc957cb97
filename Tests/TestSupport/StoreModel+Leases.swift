import Experiments

extension StoreModel {
    @discardableResult public mutating func expireLeases() throws -> Int {
        try endLeases(expired(at: now))
    }

    /// A lease that may have run out, as a search for such saw it.
    public struct ExpiredLease: Sendable {
        var token: WorkToken
    }

    /// The first half of `expireLeases`: what it finds may be renewed before
    /// the second.
    public func expired(at now: Double) -> [ExpiredLease] {
        records.sorted { $0.key < $1.key }.flatMap { study, record in
            record.work.filter { hasExpired($0.value, at: now) }.sorted { $0.key < $1.key }.map { key, work in
                ExpiredLease(
                    token: WorkToken(
                        study: study, trial: key.trial, rung: key.rung, purpose: key.purpose,
                        attempt: work.attempt))
            }
        }
    }

    /// The second half: ends those that have still run out.
    @discardableResult public mutating func endLeases(_ expired: [ExpiredLease]) throws -> Int {
        var ended = 0
        for token in expired.map(\.token) {
            guard let work = records[token.study]?.work[token.key], work.lease != nil,
                work.attempt == token.attempt,
                hasExpired(work, at: now) || !rules.obey(.expiryIsCheckedAgain)
            else { continue }
            endInFailure(token, TrialFailure(.lost, "the lease ran out: the worker died or was cut off"))
            ended += 1
        }
        return ended
    }

    private func hasExpired(_ work: Work, at now: Double) -> Bool {
        guard let lease = work.lease, rules.obey(.leasesRunOut) else { return false }
        let restarted = rules.obey(.leasesOutlastRestarts) ? startedAt + lease.seconds : -.infinity
        return max(lease.expires, restarted) < now
    }
}
