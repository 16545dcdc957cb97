extension Statement {
    /// `$1` name, `$2` hash, `$3` canonical text, `$4` budget.
    static let createStudy = Statement("create_study", "SELECT create_study($1, $2, $3, $4) AS id")

    /// `$1` name, or null for all.
    static let studies = Statement(
        "studies",
        """
        SELECT id, hash, resolved::text AS resolved, state, budget, limits::text AS limits, cut, cut_reason,
               is_test_seen, has_grown, paused_at IS NOT NULL AS is_paused
        FROM study WHERE $1::text IS NULL OR name = $1 ORDER BY name COLLATE "C"
        """)

    /// `$1` study.
    static let deleteStudy = Statement("delete_study", "SELECT delete_study($1)")

    /// `$1` study, `$2` trials.
    static let extendStudy = Statement("extend", "SELECT extend($1, $2)")

    /// `$1` study.
    static let pauseStudy = Statement("pause_study", "SELECT pause_study($1)")

    /// `$1` study.
    static let resumeStudy = Statement("resume_study", "SELECT resume_study($1)")

    /// `$1` study, `$2` whether at once.
    static let stopStudy = Statement("stop_study", "SELECT stop_study($1, $2)")

    /// `$1` study, `$2` epoch, `$3` state.
    static let setStudyState = Statement("set_study_state", "SELECT set_study_state($1, $2, $3)")

    /// `$1` study. Trials that rest by state, derived ones under the name
    /// `derived`, those that run, all together under the name `trials`, and tests
    /// and replicates still outstanding under the names `test` and `replicate`; and
    /// `is_paused` if it is.
    static let progress = Statement(
        "progress",
        """
        SELECT kind, sum(count)::bigint AS count FROM trial_count
        WHERE study_id = $1 GROUP BY kind HAVING sum(count) <> 0
        UNION ALL
        SELECT 'running', count(*) FROM lease WHERE study_id = $1 AND purpose = 'train' HAVING count(*) > 0
        UNION ALL
        SELECT 'trials', max(number) + 1 FROM trial WHERE study_id = $1 HAVING max(number) IS NOT NULL
        UNION ALL
        SELECT purpose, count(*) FROM work
        WHERE study_id = $1 AND purpose <> 'train' AND state <> 'finished' GROUP BY purpose
        UNION ALL
        SELECT 'is_paused', 1 FROM study WHERE id = $1 AND paused_at IS NOT NULL
        """)
}
