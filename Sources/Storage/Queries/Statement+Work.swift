/// What workers call. In all but the first three, `$1` to `$5` are study, trial,
/// rung, purpose and attempt.
extension Statement {
    /// `$1` identifier, `$2` host, `$3` process, `$4` slots, `$5` program, `$6`
    /// compute class.
    static let registerWorker = Statement("register_worker", "SELECT register_worker($1, $2, $3, $4, $5, $6)")

    /// `$1` worker, `$2` whether it ends.
    static let checkIn = Statement("check_in", "SELECT check_in($1, $2) AS drains")

    /// `$1` worker, `$2` study or null, `$3` seconds, `$4` the call's own mark,
    /// `$5` studies to leave out.
    static let claim = Statement(
        "claim",
        """
        SELECT study_id, trial_number, rung, purpose, attempt, resolved, budget, seed, configuration, artifact,
               parent_configuration, parent_artifact
        FROM claim($1, $2, $3, $4, $5)
        """)

    /// `$6` seconds, `$7` reports.
    static let renewAndReport = Statement(
        "renew_and_report", "SELECT renew_and_report($1, $2, $3, $4, $5, $6, $7)")

    /// `$6` measurements, `$7` compute class, `$8` artifact, `$9` what was
    /// derived, `$10` the attempt's record or null.
    static let finish = Statement("finish", "SELECT finish($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)")

    /// `$6` to `$10` as `finish`, `$11` to `$15` as `claim`.
    static let finishAndClaim = Statement(
        "finish_and_claim",
        """
        SELECT study_id, trial_number, rung, purpose, attempt, resolved, budget, seed, configuration, artifact,
               parent_configuration, parent_artifact
        FROM finish_and_claim($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
        """)

    /// `$6` reason, `$7` detail.
    static let fail = Statement("fail", "SELECT fail($1, $2, $3, $4, $5, $6, $7)")

    static let giveBack = Statement("give_back", "SELECT give_back($1, $2, $3, $4, $5)")
}
