extension Statement {
    /// `$1` name, `$2` hash, `$3` canonical text, `$4` budget.
    static let createStudy = Statement("create_study", "SELECT create_study($1, $2, $3, $4) AS id")

    /// `$1` name, or null for all.
    static let studies = Statement(
        "studies",
        """
        SELECT id, hash, resolved::text AS resolved, state, budget, limits::text AS limits, cut, cut_reason,
               is_test_seen, has_grown
        FROM study WHERE $1::text IS NULL OR name = $1 ORDER BY name COLLATE "C"
        """)

    /// `$1` study.
    static let deleteStudy = Statement("delete_study", "SELECT delete_study($1)")

    /// `$1` study, `$2` trials.
    static let extendStudy = Statement("extend", "SELECT extend($1, $2)")

    /// `$1` study, `$2` epoch, `$3` state.
    static let setStudyState = Statement("set_study_state", "SELECT set_study_state($1, $2, $3)")

    /// `$1` study. Proposed trials by state, others under the name `derived`,
    /// tests and replicates still outstanding under the names `test` and
    /// `replicate`, and units of training that have ended under the name `ended`.
    static let progress = Statement(
        "progress",
        """
        SELECT CASE WHEN parent IS NULL THEN state ELSE 'derived' END AS state, count(*) AS count
        FROM trial WHERE study_id = $1 GROUP BY 1
        UNION ALL
        SELECT 'test', count(*) FROM work
        WHERE study_id = $1 AND purpose = 'test' AND state <> 'finished'
        UNION ALL
        SELECT 'replicate', count(*) FROM work
        WHERE study_id = $1 AND purpose = 'replicate' AND state <> 'finished'
        UNION ALL
        SELECT 'ended', count(*) FROM work
        WHERE study_id = $1 AND purpose IN ('train', 'replicate') AND state = 'finished'
        """)
}
