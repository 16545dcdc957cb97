/// What a login is told of itself; nobody needs a right for it.
extension Statement {
    static let inspectConnection = Statement(
        "inspect_connection",
        """
        SELECT current_user AS role, coalesce(s.ssl, false) AS is_encrypted, s.version AS protocol,
               inet_server_addr() IS NOT NULL
                   AND NOT inet_server_addr() <<= '127.0.0.0/8' AND inet_server_addr() <> '::1' AS is_remote,
               extract(epoch FROM clock_timestamp())::double precision AS now
        FROM (SELECT 1) AS one LEFT JOIN pg_stat_ssl s ON s.pid = pg_backend_pid()
        """)

    /// `$1` schema: the functions that may be called, in all their forms.
    static let callableFunctions = Statement(
        "callable_functions",
        """
        SELECT p.proname AS name FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
        WHERE n.nspname = $1::text
        GROUP BY p.proname HAVING bool_and(has_function_privilege(p.oid, 'EXECUTE'))
        """)

    /// `$1` schema: whether its tables may be read.
    static let readsTables = Statement(
        "reads_tables",
        """
        SELECT coalesce(bool_and(has_table_privilege(c.oid, 'SELECT')), false)
                   AND has_schema_privilege($1::text, 'USAGE') AS reads
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = $1::text AND c.relkind IN ('r', 'v')
        """)
}
