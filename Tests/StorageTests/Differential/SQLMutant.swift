import Experiments
import Storage
import TestSupport
import Testing

/// A rule of the queue that is left out of one of the database's functions: a
/// replacement in its text, as the database itself gives it.
struct SQLMutant: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let function: String
    /// The rule of the model that is the same; it tells in which history the
    /// difference comes early.
    let rule: StoreRule?
    /// From what to what.
    let replacements: [(String, String)]

    init(
        _ description: String, _ rule: StoreRule? = nil, in function: String,
        _ replacements: (String, String)...
    ) {
        testDescription = description
        self.rule = rule
        self.function = function
        self.replacements = replacements
    }

    /// The call that the function serves.
    var call: String {
        [
            "request_tests": "requestTests", "request_replicates": "requestReplicates", "lock_ready": "claim",
            "lease_next": "claim",
        ][function] ?? function
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
            Statement(
                "definition",
                // Of overloads the inner one, which has fewer arguments.
                """
                SELECT pg_get_functiondef(oid) AS definition FROM pg_proc
                WHERE proname = $1 AND pronamespace = current_schema()::regnamespace
                ORDER BY pronargs LIMIT 1
                """),
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
            "claims take running work", .claimsOnlyReadyWork, in: "lock_ready", ("w.state = 'ready' AND ", "")
        ),
        SQLMutant(
            "claims do not count the attempt", .claimsCountTheAttempt, in: "lease_next",
            ("attempts = t.attempts + 1", "attempts = greatest(t.attempts, 1)")),
        SQLMutant(
            "repeated claims do not find their lease", .repeatedClaimsFindTheirLease, in: "lease_next",
            ("IF FOUND THEN", "IF false THEN")),
        SQLMutant("workers alone do not recover", in: "claim", ("PERFORM expire_leases();", "")),
        SQLMutant(
            "renewals do not check the attempt", .renewalsCheckTheAttempt, in: "renew_and_report",
            ("AND attempt = p_attempt", "")),
        SQLMutant(
            "fenced renewals are not told", .renewalsCheckTheAttempt, in: "renew_and_report",
            ("IF NOT held", "IF false")),
        SQLMutant(
            "reports are not fenced", .renewalsCheckTheAttempt, in: "renew_and_report",
            ("SELECT r.study_id, r.trial_number, r.attempt,", "SELECT p_study, p_trial, p_attempt,"),
            ("FROM renewed r, json_to_recordset", "FROM json_to_recordset"), ("IF NOT held", "IF false")),
        SQLMutant(
            "finish does not check the attempt", .finishesCheckTheAttempt, in: "finish",
            ("p_attempt, 'finished') THEN", "\(anyAttempt), 'finished') THEN")),
        SQLMutant(
            "fail does not check the attempt", .failuresCheckTheAttempt, in: "fail",
            ("p_attempt, p_reason) THEN", "\(anyAttempt), p_reason) THEN")),
        SQLMutant(
            "give_back does not check the attempt", .returnsCheckTheAttempt, in: "give_back",
            ("p_attempt, 'given_back') THEN", "\(anyAttempt), 'given_back') THEN")),
        SQLMutant(
            "repeated ends take effect again", .repeatedFinishesChangeNothing, in: "hold_attempt",
            ("RETURN false", "RETURN true")),
        SQLMutant(
            "later measurements replace the first", .firstMeasurementsAreFinal, in: "finish",
            (
                "ON CONFLICT DO NOTHING",
                "ON CONFLICT (study_id, trial_number, rung, name) DO UPDATE SET value = excluded.value"
            )),
        SQLMutant(
            "ends leave the lease", .endsTakeTheLeaseAway, in: "end_attempt",
            ("DELETE FROM lease\n    WHERE", "DELETE FROM lease\n    WHERE false AND")),
    ]

    /// Leases and limits.
    static let ofLimits = [
        SQLMutant(
            "leases do not run out", .leasesRunOut, in: "has_expired",
            ("< clock_timestamp()", "< '-infinity'")),
        SQLMutant(
            "leases do not outlast a restart", .leasesOutlastRestarts, in: "has_expired",
            ("pg_postmaster_start_time()", "'-infinity'::timestamptz")),
        SQLMutant(
            "losses and crashes have one counter", .lossesAndCrashesCountApart, in: "is_hopeless",
            ("w.crashes >= p.crash_limit", "w.crashes + w.losses >= p.crash_limit"),
            (
                "w.losses >= p.loss_limit AND a.workers >= p.loss_workers",
                "w.crashes + w.losses >= p.crash_limit"
            )),
        SQLMutant(
            "losses need no witnesses", .lossesNeedWitnesses, in: "is_hopeless",
            (" AND a.workers >= p.loss_workers", "")),
        SQLMutant(
            "losses count as crashes", .lossesAreNoCrashes, in: "end_in_failure",
            ("(p_reason = 'crashed')::integer", "(p_reason IN ('crashed', 'lost'))::integer")),
        SQLMutant(
            "what is given back counts", .returnsAreFree, in: "give_back",
            (
                "end_attempt(p_study, p_trial, p_rung, p_purpose, p_attempt, 'given_back', NULL)",
                "end_in_failure(p_study, p_trial, p_rung, p_purpose, p_attempt, 'crashed', 'given back')"
            )),
        SQLMutant(
            "failures do not back off", .failuresBackOff, in: "backoff",
            ("p_reason = 'lost' THEN", "true THEN")),
    ]

    /// Writes of controllers.
    static let ofControllers =
        [
            ("promote", .promotionsCheckTheEpoch),
            ("derive", .derivationsCheckTheEpoch), ("stop_trials", .stopsCheckTheEpoch),
            ("cut_search", .cutsCheckTheEpoch), ("append_front", .frontsCheckTheEpoch),
            ("request_replicates", .replicatesCheckTheEpoch), ("request_tests", .testsCheckTheEpoch),
            ("set_study_state", .statesCheckTheEpoch),
        ].map { (function: String, rule: StoreRule) in
            SQLMutant(
                "\(function) does not check the epoch", rule, in: function,
                ("PERFORM hold_epoch(p_study, p_epoch);", ""))
        } + [
            SQLMutant(
                "propose does not check the epoch", .proposalsCheckTheEpoch, in: "propose",
                ("WHERE study_id = p_study AND epoch = p_epoch;", "WHERE study_id = p_study;")),
            SQLMutant(
                "a state is taken back", .statesGoForward, in: "set_study_state",
                (" AND array_position(course, state) < array_position(course, p_state)", "")),
            SQLMutant(
                "a paused study is claimed", .claimsSkipPausedStudies, in: "lease_next",
                (" AND s.paused_at IS NULL", "")),
            SQLMutant(
                "a drained worker claims", .drainedWorkersClaimNothing, in: "lease_next",
                ("w.drained_at IS NOT NULL", "false")),
            SQLMutant(
                "a stop fences nobody", .stopsFenceTheController, in: "stop_study",
                ("PERFORM fence_controller(p_study);", "")),
            SQLMutant("claims begin behind an open trial", in: "propose", ("least(", "greatest(")),
            SQLMutant(
                "epochs do not grow", .epochsGrow, in: "take_control",
                ("THEN 0 ELSE 1 END", "THEN 0 ELSE 0 END")),
            SQLMutant(
                "control is taken from who holds it", .controlIsExclusive, in: "take_control",
                ("(expires < clock_timestamp() OR request = p_request)", "true")),
            SQLMutant(
                "a repeated call loses the control it took", .repeatedControlKeepsItsEpoch,
                in: "take_control", (" OR request = p_request", "")),
            SQLMutant(
                "proposals are added again", .repeatedProposalsChangeNothing, in: "propose",
                ("ON CONFLICT (study_id, number) DO NOTHING", "")),
            SQLMutant(
                "promotions are written twice", .repeatedPromotionsChangeNothing, in: "promote",
                (
                    "ON CONFLICT DO NOTHING",
                    "ON CONFLICT (study_id, trial_number, rung, purpose) DO UPDATE SET state = 'ready'"
                )),
            SQLMutant(
                "derived trials are added again", in: "derive",
                ("ON CONFLICT (study_id, number) DO NOTHING", "")),
            SQLMutant(
                "front versions are added again", .repeatedFrontsChangeNothing, in: "append_front",
                ("ON CONFLICT DO NOTHING", "")),
            SQLMutant("tests are asked for again", in: "request_tests", ("ON CONFLICT DO NOTHING", "")),
            SQLMutant(
                "replicates are asked for again", in: "request_replicates", ("ON CONFLICT DO NOTHING", "")),
        ]
}
