/// A named piece of SQL; the name, never the text, appears in errors.
///
/// All of them stand in `Queries/`, one file for each concern.
package struct Statement: Sendable {
    package let name: String
    package let sql: String

    package init(_ name: String, _ sql: String) {
        self.name = name
        self.sql = sql
    }
}
