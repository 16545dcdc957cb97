extension Statement {
    /// `$1` to `$7` in the order of the columns.
    static let setRetryPolicy = Statement(
        "set_retry_policy",
        """
        UPDATE retry_policy SET
            crash_limit = $1, loss_limit = $2, loss_workers = $3,
            machine_failure_workers = $4, machine_failure_limit = $5,
            backoff_seconds = $6, backoff_limit_seconds = $7
        """)
}
