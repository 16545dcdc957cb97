extension Statement {
    /// `$1` study, `$2` epoch, `$3` versions.
    static let appendFront = Statement("append_front", "SELECT append_front($1, $2, $3)")

    /// `$1` study.
    static let frontVersions = Statement("front_versions", versions + " ORDER BY f.version")

    /// `$1` study.
    static let newestFronts = Statement(
        "newest_fronts",
        """
        \(versions) AND f.version IN (
            (SELECT max(version) FROM front_version WHERE study_id = $1),
            (SELECT max(version) FROM front_version WHERE study_id = $1 AND NOT is_replicated))
        ORDER BY f.version
        """)

    private static let versions = """
        SELECT f.version, f.hypervolume, f.cause, f.is_replicated,
               coalesce((SELECT json_agg(m.trial_number ORDER BY m.trial_number) FROM front_member m
                         WHERE m.study_id = f.study_id AND m.version = f.version), '[]') AS members
        FROM front_version f WHERE f.study_id = $1
        """
}
