extension Statement {
    /// `$1` study, `$2` limits or null.
    static let extendLimits = Statement("extend_limits", "SELECT extend_limits($1, $2)")

    /// `$1` study, `$2` epoch, `$3` trials, `$4` reason, `$5` limits or null.
    static let cutSearch = Statement("cut_search", "SELECT cut_search($1, $2, $3, $4, $5)")

    /// `$1` study. An attempt whose worker died has run until its lease ran
    /// out. Walls: the union of all attempts' time, with the pauses that are
    /// shorter than a minute.
    static let spending = Statement(
        "spending",
        """
        WITH tried AS (
            SELECT a.claimed_at AS start,
                   coalesce(a.ended_at, least(clock_timestamp(), l.expires), clock_timestamp()) AS finish,
                   a.ended_at IS NOT NULL AS has_ended,
                   m.value AS joules
            FROM attempt a
            LEFT JOIN lease l USING (study_id, trial_number, rung, purpose, attempt)
            LEFT JOIN measurement m
                ON m.study_id = a.study_id AND m.trial_number = a.trial_number AND m.rung = a.rung
                AND m.attempt = a.attempt AND m.name = 'energy_joules'
            WHERE a.study_id = $1 AND a.purpose = 'train'
        ), timed AS (
            SELECT *, greatest(extract(epoch FROM finish - start), 0) AS seconds,
                   max(finish) OVER (ORDER BY start, finish
                                     ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before
            FROM tried
        )
        SELECT coalesce(sum(seconds) FILTER (WHERE has_ended), 0)::double precision AS ended,
               coalesce(sum(seconds) FILTER (WHERE NOT has_ended), 0)::double precision AS running,
               coalesce(sum(seconds) FILTER (WHERE has_ended AND joules IS NULL), 0)::double precision
                   AS unmetered,
               coalesce(sum(joules), 0)::double precision AS joules,
               coalesce(sum(CASE WHEN start - before <= interval '1 minute'
                                 THEN greatest(extract(epoch FROM finish - before), 0)
                                 ELSE seconds END), 0)::double precision AS wall
        FROM timed
        """)
}
