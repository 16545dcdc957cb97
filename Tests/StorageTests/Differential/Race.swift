import Experiments
import Storage
import TestSupport
import Testing

/// Two writes at once: the second is made while the first is not committed
/// yet. What a history of one call after the other cannot show.
struct Race: Sendable, CustomTestStringConvertible {
    let testDescription: String
    /// Of a study with two trials, the first claimed as attempt 1 unless it is
    /// to be claimed here, and both leases run out.
    let first: String
    let second: String
    let isClaimed: Bool
    /// What comes of the second.
    let outcome: String
    let mutant: SQLMutant

    static let all = [
        Race(
            testDescription: "a renewal and the search for leases that ran out",
            first: "SELECT renew_and_report(1, 0, 0, 'train', 1, 60, '[]')",
            second: "SELECT expire_leases()", isClaimed: true, outcome: "waited: 0",
            mutant: SQLMutant(
                "expiry is not checked again", in: "expire_leases",
                ("l.attempt = expired.attempt AND has_expired(l)", "l.attempt = expired.attempt"))),
        Race(
            testDescription: "a controller's write and another controller",
            first: "SELECT set_study_state(1, 1, 'running')",
            second: "SELECT take_control(1, NULL, 60, '00000000-0000-0000-0000-000000000001')",
            isClaimed: true, outcome: "waited: 2",
            mutant: SQLMutant("the epoch is not held", in: "hold_epoch", (" FOR SHARE", ""))),
        Race(
            testDescription: "two claims", first: claim(1), second: claim(2), isClaimed: false,
            outcome: "at once: 1",
            mutant: SQLMutant("claims do not lock", in: "lock_ready", ("FOR UPDATE SKIP LOCKED", ""))),
        Race(
            testDescription: "a result and its return",
            first: "SELECT finish(1, 0, 0, 'train', 1, '[]', 'test', NULL, '[]')",
            second: "SELECT give_back(1, 0, 0, 'train', 1)", isClaimed: true, outcome: "waited: fenced",
            mutant: SQLMutant("ends do not lock the work", in: "hold_attempt", ("FOR UPDATE", ""))),
    ]

    private static func claim(_ mark: Int) -> String {
        """
        SELECT trial_number FROM claim(
            '\(String(repeating: "0", count: 31))1', NULL, 60, '00000000-0000-0000-0000-00000000000\(mark)', '[]')
        """
    }

    /// Runs it on an empty schema.
    func run(in client: PostgresClient) async throws -> String {
        try await client.query(Statement("empty", "TRUNCATE study, worker RESTART IDENTITY CASCADE"))
        let subject = StoreUnderTest(client)
        _ = try await subject.studyWithTrials(2)
        try await PostgresTrialQueue(client).register(
            WorkerDescription(host: "test", processIdentifier: 1, slots: 1),
            as: String(repeating: "0", count: 31) + "1")
        if isClaimed {
            _ = try await subject.claim(as: subject.newWorker(), leaseSeconds: StoreUnderTest.shortLease)
        }
        try await subject.advance(100)
        return try await client.withConnection { one in
            try await client.withConnection { two in
                try await race(one, two)
            }
        }
    }

    private func race(_ one: PostgresConnection, _ two: PostgresConnection) async throws -> String {
        try await one.query(Statement("begin", "BEGIN"))
        try await one.query(Statement("first", first))
        let pid = try await two.query(Statement("pid", "SELECT pg_backend_pid() AS pid")).first?.integer(
            "pid")
        let isDone = Locked(false)
        async let answer = answer(of: two, isDone)
        var hasWaited = false
        while !isDone.withLock({ $0 }), !hasWaited {
            let rows = try await one.query(
                Statement("waits", "SELECT count(*) AS count FROM pg_locks WHERE pid = $1 AND NOT granted"),
                [.integer(pid)])
            hasWaited = try rows.first?.integer("count") ?? 0 > 0
        }
        try await one.query(Statement("commit", "COMMIT"))
        return (hasWaited ? "waited: " : "at once: ") + (await answer)
    }

    private func answer(of connection: PostgresConnection, _ isDone: Locked<Bool>) async -> String {
        defer { isDone.withLock { $0 = true } }
        do {
            let rows = try await connection.query(
                Statement("second", "SELECT coalesce((\(second))::text, 'nothing') AS answer"))
            return try rows.first?.text("answer") ?? "no row"
        } catch StoreError.fenced {
            return "fenced"
        } catch {
            return "\(error)"
        }
    }
}
