public import Experiments

/// The schema that holds the tables and functions.
///
/// Readers' schemas are named after it: `dashboard` and `optuna` beside
/// `peftsearch`, `s_dashboard` and `s_optuna` beside any other schema `s`, so
/// that two never meet.
public struct SchemaName: Sendable, Hashable, CustomStringConvertible {
    public let description: String

    /// `peftsearch`.
    public static let standard = SchemaName(unchecked: "peftsearch")

    /// - Throws: `InputError` unless it is 1 ... 40 lower-case letters, digits
    ///   and `_`, not beginning with a digit or `pg_`.
    public init(_ name: String) throws(InputError) {
        guard name.wholeMatch(of: /[a-z_][a-z0-9_]{0,39}/) != nil, !name.hasPrefix("pg_") else {
            throw InputError(
                "schema \(name.debugDescription)",
                reason: "is not a name of 1 to 40 lower-case letters, digits and _",
                suggestion: "peftsearch")
        }
        description = name
    }

    private init(unchecked name: String) { description = name }

    /// What readers' schemas begin with.
    var prefix: String { self == .standard ? "" : description + "_" }
    /// The schema of the views for dashboards.
    var dashboard: String { prefix + "dashboard" }
    /// The schema of the views in the shapes of Optuna's tables.
    public var optuna: String { prefix + "optuna" }
    /// Temporary tables last, so that they cannot stand in for ours.
    var searchPath: String { description + ", pg_temp" }
}
