extension Statement {
    /// `$1` study. One statement, so that trials and measurements are of one
    /// moment.
    static let trials = Statement(
        "trials",
        """
        SELECT t.number, t.state, t.seed, t.rung, t.parent, t.label,
               t.assignment::text AS assignment, t.configuration::text AS configuration,
               t.compute_class, t.artifact, t.failure_reason, t.failure_detail,
               t.virtual_start, t.virtual_finish,
               -- Attempts at the test split and at replicates are not tries of the trial.
               coalesce((SELECT max(a.attempt) FROM attempt a
                         WHERE a.study_id = t.study_id AND a.trial_number = t.number
                             AND a.purpose = 'train'), 0) AS attempts,
               coalesce((SELECT json_agg(json_build_array(m.rung, m.name, m.value, m.kind, m.method)
                                         ORDER BY m.name COLLATE "C")
                         FROM measurement m
                         WHERE m.study_id = t.study_id AND m.trial_number = t.number),
                        '[]') AS measurements,
               coalesce((SELECT json_agg(json_build_array(p.virtual_start, p.virtual_finish,
                                                          p.is_provisional) ORDER BY p.rung)
                         FROM promotion p
                         WHERE p.study_id = t.study_id AND p.trial_number = coalesce(t.parent, t.number)),
                        '[]') AS promotions,
               coalesce((SELECT json_agg(json_build_array(d.configuration, d.method, d.artifact,
                                                          d.measurements) ORDER BY d.place)
                         FROM derived_result d
                         WHERE d.study_id = t.study_id AND d.trial_number = t.number),
                        '[]') AS derived,
               coalesce((SELECT json_agg(json_build_array(r.number, r.seed::text, r.measurements,
                                                          r.compute_class, r.failure_reason,
                                                          r.failure_detail) ORDER BY r.number)
                         FROM replicate r
                         WHERE r.study_id = t.study_id AND r.trial_number = t.number),
                        '[]') AS replicates,
               (SELECT d.method FROM derived_result d
                WHERE d.study_id = t.study_id AND d.trial_number = t.parent
                    AND d.configuration_hash = t.configuration_hash) AS derivation
        FROM trial t WHERE t.study_id = $1 ORDER BY t.number
        """)
}
