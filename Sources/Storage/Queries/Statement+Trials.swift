/// `$1` is the study. One statement each, so that trials and measurements are
/// of one moment.
extension Statement {
    static let trials = Statement("trials", columns + " ORDER BY t.number")

    /// `$2` numbers.
    static let numberedTrials = Statement(
        "numbered_trials", columns + " AND t.number = ANY ($2::integer[]) ORDER BY t.number")

    /// `$2` numbers.
    static let endedTrials = Statement(
        "ended_trials",
        columns
            + " AND t.number = ANY ($2::integer[]) AND t.state NOT IN ('ready', 'running') ORDER BY t.number")

    /// `$2` the number before, `$3` how many.
    static let trialPage = Statement(
        "trial_page", columns + " AND t.number > $2 ORDER BY t.number LIMIT $3")

    /// `$2` numbers. Each part of the union has an index; an array of what they
    /// give, because a join might walk through the study.
    static let frontCandidates = Statement(
        "front_candidates",
        """
        \(columns) AND t.number = ANY (ARRAY(
            WITH latest AS (
                SELECT virtual_start AS start FROM trial WHERE study_id = $1 AND parent IS NULL
                ORDER BY number DESC LIMIT 1
            ), promoted AS (
                SELECT p.trial_number FROM promotion p, latest
                WHERE p.study_id = $1 AND p.virtual_finish > latest.start)
            SELECT unnest($2::integer[])
            UNION SELECT number FROM trial WHERE study_id = $1 AND label IS NOT NULL
            UNION SELECT trial_number FROM replicate WHERE study_id = $1
            UNION SELECT c.number FROM trial c, latest
            WHERE c.study_id = $1 AND c.state = 'done'
                AND c.virtual_finish > 0 AND c.virtual_finish > latest.start
            UNION SELECT c.number FROM promoted p
            JOIN trial c ON c.study_id = $1 AND c.number = p.trial_number AND c.state = 'done'
            UNION SELECT c.number FROM promoted p
            JOIN trial c ON c.study_id = $1 AND c.parent = p.trial_number AND c.state = 'done'))
        ORDER BY t.number
        """)

    private static let columns = """
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
        FROM trial t WHERE t.study_id = $1
        """
}
