extension Statement {
    /// `$1` search path. Limits of time keep a lost or stuck session from
    /// holding locks that others wait for.
    static let openSession = Statement(
        "open_session",
        """
        SELECT set_config('search_path', $1, false),
               set_config('statement_timeout', '30s', false),
               set_config('lock_timeout', '5s', false),
               set_config('idle_in_transaction_session_timeout', '60s', false),
               set_config('client_min_messages', 'warning', false)
        """)

    static let begin = Statement("begin", "BEGIN")
    static let commit = Statement("commit", "COMMIT")
}
