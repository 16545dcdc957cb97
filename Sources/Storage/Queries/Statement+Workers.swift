extension Statement {
    /// Those that have not ended and are not forgotten, with what they hold.
    static let workers = Statement(
        "workers",
        """
        SELECT w.id, w.host, w.process_identifier, w.slots, w.program, w.compute_class,
               w.drained_at IS NOT NULL AS drains, w.left_at IS NOT NULL AS has_left,
               extract(epoch FROM clock_timestamp() - coalesce(w.seen_at, w.registered_at))::double precision
                   AS silence,
               coalesce((SELECT json_agg(json_build_array(
                             s.name, l.study_id, l.trial_number, l.rung, l.purpose, l.attempt,
                             extract(epoch FROM clock_timestamp() - a.claimed_at)::double precision,
                             extract(epoch FROM l.expires - clock_timestamp())::double precision)
                         ORDER BY s.name COLLATE "C", l.trial_number, l.attempt)
                         FROM lease l JOIN study s ON s.id = l.study_id
                         JOIN attempt a USING (study_id, trial_number, attempt)
                         WHERE l.worker_id = w.id), '[]') AS work
        FROM worker w
        WHERE w.left_at IS NULL AND (
            coalesce(w.seen_at, w.registered_at) > clock_timestamp() - interval '1 day'
            OR EXISTS (SELECT FROM lease l WHERE l.worker_id = w.id))
        ORDER BY w.registered_at, w.id
        """)

    /// `$1` worker, or null for all.
    static let drainWorkers = Statement("drain_workers", "SELECT drain_workers($1) AS drained")
}
