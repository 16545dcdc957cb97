extension Statement {
    /// `$1` study, `$2` trial.
    static let attempts = Statement(
        "attempts",
        """
        SELECT a.attempt, a.rung, a.purpose, a.worker_id, a.outcome, a.detail, a.record::text AS record,
               coalesce((SELECT json_agg(json_build_array(r.step, r.metrics) ORDER BY r.step)
                         FROM report r
                         WHERE r.study_id = a.study_id AND r.trial_number = a.trial_number
                             AND r.attempt = a.attempt),
                        '[]') AS reports
        FROM attempt a WHERE a.study_id = $1 AND a.trial_number = $2 ORDER BY a.attempt
        """)

    /// `$1` study. By trial number.
    static let running = Statement(
        "running",
        """
        SELECT a.trial_number, a.rung, a.purpose, a.attempt, a.worker_id, r.report,
               extract(epoch FROM clock_timestamp() - a.claimed_at)::double precision AS seconds
        FROM lease l
        JOIN attempt a USING (study_id, trial_number, attempt)
        LEFT JOIN LATERAL (
            SELECT json_build_array(r.step, r.metrics) AS report FROM report r
            WHERE r.study_id = a.study_id AND r.trial_number = a.trial_number AND r.attempt = a.attempt
            ORDER BY r.step DESC LIMIT 1) r ON true
        WHERE l.study_id = $1 ORDER BY a.trial_number, a.attempt
        """)
}
