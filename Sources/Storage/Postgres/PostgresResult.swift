import CLibPQ

/// What libpq answered to one statement, copied out of its memory.
struct PostgresResult {
    let rows: [PostgresRow]
    let failure: ServerFailure?

    /// Copies and frees a `PGresult`.
    init(consuming result: OpaquePointer, statement: String) {
        defer { PQclear(result) }
        switch PQresultStatus(result) {
        case PGRES_TUPLES_OK, PGRES_COMMAND_OK, PGRES_EMPTY_QUERY:
            failure = nil
            rows = Self.rows(of: result, statement: statement)
        default:
            rows = []
            failure = ServerFailure(
                code: Self.field(result, PeftSearchFieldSQLState) ?? "",
                message: Self.field(result, PeftSearchFieldMessage) ?? "unknown error")
        }
    }

    private static func rows(of result: OpaquePointer, statement: String) -> [PostgresRow] {
        let width = PQnfields(result)
        var columns: [String: Int] = [:]
        for column in 0..<width { columns[String(cString: PQfname(result, column))] = Int(column) }
        return (0..<PQntuples(result)).map { row in
            PostgresRow(
                statement: statement, columns: columns,
                values: (0..<width).map { column in
                    PQgetisnull(result, row, column) == 1
                        ? nil : String(cString: PQgetvalue(result, row, column))
                })
        }
    }

    private static func field(_ result: OpaquePointer, _ code: some BinaryInteger) -> String? {
        PQresultErrorField(result, Int32(code)).map { String(cString: $0) }
    }
}
