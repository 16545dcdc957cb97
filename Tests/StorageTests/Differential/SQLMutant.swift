import Experiments
import Storage
import Testing

/// A rule of the queue that is left out of one of the database's functions: a
/// replacement in its text, as the database itself gives it.
struct SQLMutant: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let function: String
    /// Where it was noticed soonest; it saves time and decides nothing.
    let seed: Int
    /// From what to what.
    let replacements: [(String, String)]

    init(
        _ description: String, seed: Int = 0, in function: String,
        _ replacements: (String, String)...
    ) {
        testDescription = description
        self.seed = seed
        self.function = function
        self.replacements = replacements
    }

    /// Leaves the rule out while `body` runs.
    func withoutRule(in client: PostgresClient, _ body: () async throws -> Void) async throws {
        let original = try await definition(in: client)
        var mutated = original
        for (rule, replacement) in replacements {
            // A mutant that changes nothing would show nothing.
            try #require(
                mutated.contains(rule), "\(testDescription): \(function) has no \(rule.debugDescription)")
            mutated = mutated.replacing(rule, with: replacement)
        }
        try await client.query(Statement("mutate", mutated))
        do {
            try await body()
        } catch {
            try await client.query(Statement("restore", original))
            throw error
        }
        try await client.query(Statement("restore", original))
    }

    private func definition(in client: PostgresClient) async throws -> String {
        let rows = try await client.query(
            Statement("definition", "SELECT pg_get_functiondef(to_regproc($1)) AS definition"),
            [.text(function)])
        return try #require(rows.first).text("definition")
    }
}

extension SQLMutant {
    /// The attempt that runs, whichever asked.
    private static let anyAttempt = """
        (SELECT w.attempt FROM work w WHERE w.study_id = p_study AND w.trial_number = p_trial
            AND w.rung = p_rung AND w.purpose = p_purpose)
        """

    /// Writes of workers.
    static let ofWorkers = [
        SQLMutant(
            "claims take running work", seed: 0, in: "claim", ("w.state = 'ready' AND ", "")),
        SQLMutant(
            "claims do not count the attempt", seed: 0, in: "claim",
            ("attempts = t.attempts + 1", "attempts = greatest(t.attempts, 1)")),
        SQLMutant(
            "repeated claims do not find their lease", seed: 5, in: "claim",
            (
                "IF NOT EXISTS (SELECT FROM lease l WHERE l.request = p_request AND l.worker_id = p_worker)",
                "IF true"
            )),
        SQLMutant("workers alone do not recover", seed: 0, in: "claim", ("PERFORM expire_leases();", "")),
        SQLMutant(
            "renewals do not check the attempt", seed: 3, in: "renew_and_report",
            ("AND attempt = p_attempt", "")),
        SQLMutant(
            "fenced renewals are not told", seed: 3, in: "renew_and_report",
            ("IF NOT held", "IF false")),
        SQLMutant(
            "reports are not fenced", seed: 3, in: "renew_and_report",
            ("SELECT r.study_id, r.trial_number, r.attempt,", "SELECT p_study, p_trial, p_attempt,"),
            ("FROM renewed r, json_to_recordset", "FROM json_to_recordset"), ("IF NOT held", "IF false")),
        SQLMutant(
            "finish does not check the attempt", seed: 43, in: "finish",
            ("p_attempt, 'finished') THEN", "\(anyAttempt), 'finished') THEN")),
        SQLMutant(
            "fail does not check the attempt", seed: 31, in: "fail",
            ("p_attempt, p_reason) THEN", "\(anyAttempt), p_reason) THEN")),
        SQLMutant(
            "give_back does not check the attempt", seed: 63, in: "give_back",
            ("p_attempt, 'given_back') THEN", "\(anyAttempt), 'given_back') THEN")),
        SQLMutant(
            "repeated ends take effect again", seed: 33, in: "hold_attempt",
            ("RETURN false", "RETURN true")),
        SQLMutant(
            "later measurements replace the first", seed: 11, in: "finish",
            (
                "ON CONFLICT DO NOTHING",
                "ON CONFLICT (study_id, trial_number, rung, name) DO UPDATE SET value = excluded.value"
            )),
        SQLMutant(
            "ends leave the lease", seed: 1, in: "end_attempt",
            ("DELETE FROM lease\n    WHERE", "DELETE FROM lease\n    WHERE false AND")),
    ]

    /// Leases and limits.
    static let ofLimits = [
        SQLMutant(
            "leases do not run out", seed: 0, in: "has_expired",
            ("< clock_timestamp()", "< '-infinity'")),
        SQLMutant(
            "leases do not outlast a restart", seed: 0, in: "has_expired",
            ("pg_postmaster_start_time()", "'-infinity'::timestamptz")),
        SQLMutant(
            "losses and crashes have one counter", seed: 4, in: "is_hopeless",
            ("w.crashes >= p.crash_limit", "w.crashes + w.losses >= p.crash_limit"),
            (
                "w.losses >= p.loss_limit AND a.workers >= p.loss_workers",
                "w.crashes + w.losses >= p.crash_limit"
            )),
        SQLMutant(
            "losses need no witnesses", seed: 48, in: "is_hopeless",
            (" AND a.workers >= p.loss_workers", "")),
        SQLMutant(
            "losses count as crashes", seed: 48, in: "end_in_failure",
            ("(p_reason = 'crashed')::integer", "(p_reason IN ('crashed', 'lost'))::integer")),
        SQLMutant(
            "what is given back counts", seed: 15, in: "give_back",
            (
                "end_attempt(p_study, p_trial, p_rung, p_purpose, p_attempt, 'given_back', NULL)",
                "end_in_failure(p_study, p_trial, p_rung, p_purpose, p_attempt, 'crashed', 'given back')"
            )),
        SQLMutant(
            "failures do not back off", seed: 2, in: "backoff",
            ("p_reason = 'lost' THEN", "true THEN")),
    ]

    /// Writes of controllers.
    static let ofControllers =
        [
            ("propose", 9), ("promote", 10),
            ("derive", 66), ("stop_trials", 3),
            ("cut_search", 45), ("append_front", 36),
            ("request_replicates", 61), ("request_tests", 9),
            ("set_study_state", 11),
        ].map { (function: String, seed: Int) in
            SQLMutant(
                "\(function) does not check the epoch", seed: seed, in: function,
                ("PERFORM hold_epoch(p_study, p_epoch);", ""))
        } + [
            SQLMutant(
                "epochs do not grow", seed: 0, in: "take_control",
                ("THEN 0 ELSE 1 END", "THEN 0 ELSE 0 END")),
            SQLMutant(
                "control is taken from who holds it", seed: 0, in: "take_control",
                ("(expires < clock_timestamp() OR request = p_request)", "true")),
            SQLMutant(
                "a repeated call loses the control it took", seed: 3,
                in: "take_control", (" OR request = p_request", "")),
            SQLMutant(
                "proposals are added again", seed: 8, in: "propose",
                ("ON CONFLICT (study_id, number) DO NOTHING", "")),
            SQLMutant(
                "promotions are written twice", seed: 29, in: "promote",
                (
                    "ON CONFLICT DO NOTHING",
                    "ON CONFLICT (study_id, trial_number, rung, purpose) DO UPDATE SET state = 'ready'"
                )),
            SQLMutant(
                "derived trials are added again", seed: 76, in: "derive",
                ("ON CONFLICT (study_id, number) DO NOTHING", "")),
            SQLMutant(
                "front versions are added again", seed: 27, in: "append_front",
                ("ON CONFLICT DO NOTHING", "")),
            SQLMutant(
                "tests are asked for again", seed: 34, in: "request_tests", ("ON CONFLICT DO NOTHING", "")),
            SQLMutant(
                "replicates are asked for again", seed: 70, in: "request_replicates",
                ("ON CONFLICT DO NOTHING", "")),
        ]
}
