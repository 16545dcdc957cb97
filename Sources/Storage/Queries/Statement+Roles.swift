/// Who may do what. A role's and a schema's name have no place for a
/// parameter; `SchemaName`, of which both are made, allows only lower-case
/// letters, digits and `_`.
extension Statement {
    /// `$1` names as a JSON array: those that exist.
    static let existingRoles = Statement(
        "existing_roles",
        "SELECT rolname AS role FROM pg_roles WHERE rolname IN (SELECT json_array_elements_text($1::json))")

    static func createGroup(_ name: String) -> Statement {
        Statement("create_group", "CREATE ROLE \(name) NOLOGIN")
    }

    static func revokeAll(from role: String, in schema: SchemaName) -> [Statement] {
        [schema.description, schema.dashboard, schema.optuna].flatMap { schema in
            [
                "REVOKE ALL ON ALL FUNCTIONS IN SCHEMA \(schema) FROM \(role)",
                "REVOKE ALL ON ALL TABLES IN SCHEMA \(schema) FROM \(role)",
                "REVOKE ALL ON SCHEMA \(schema) FROM \(role)",
            ]
        }.map { Statement("revoke_all", $0) }
    }

    static func grantReading(to role: String, in schema: SchemaName, all: Bool) -> [Statement] {
        var grants = [
            "GRANT USAGE ON SCHEMA \(schema) TO \(role)", "GRANT SELECT ON \(schema).migration TO \(role)",
        ]
        if all {
            grants.append("GRANT SELECT ON ALL TABLES IN SCHEMA \(schema) TO \(role)")
            for readers in [schema.dashboard, schema.optuna] {
                grants += [
                    "GRANT USAGE ON SCHEMA \(readers) TO \(role)",
                    "GRANT SELECT ON ALL TABLES IN SCHEMA \(readers) TO \(role)",
                ]
            }
        }
        return grants.map { Statement("grant_reading", $0) }
    }

    /// `$1` schema, `$2` names of functions as a JSON array: every overload,
    /// quoted by the server.
    static let signatures = Statement(
        "signatures",
        """
        SELECT p.oid::regprocedure::text AS signature FROM pg_proc p
        WHERE p.pronamespace = $1::regnamespace
            AND p.proname IN (SELECT json_array_elements_text($2::json))
        ORDER BY 1
        """)

    static func grantExecution(of signature: String, to role: String) -> Statement {
        Statement("grant_execution", "GRANT EXECUTE ON FUNCTION \(signature) TO \(role)")
    }

    /// `$1` name: its identifier, or null.
    static let findStudy = Statement("find_study", "SELECT find_study($1) AS id")
}
