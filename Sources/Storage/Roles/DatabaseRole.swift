/// A group of logins in PostgreSQL, and what its members may do in a store.
///
/// Who owns the schema migrates it and grants. Nobody else may create, change
/// or drop anything, and nobody but a function of the schema writes a row:
/// functions run as their owner and hold the rules (attempts, epochs).
public enum DatabaseRole: String, Sendable, Hashable, CaseIterable {
    /// Creates studies, decides and reads: controllers, `run`, `study`.
    case controller
    /// Claims and finishes trials; may read no table but the list of migrations.
    case worker
    /// Reads tables and views: dashboards, `front`, `trials`, `report`.
    case reader

    /// The name of the group for a schema, as `peftsearch_worker`. Roles belong
    /// to a whole server: databases with the same schema share them, and each
    /// grants for itself.
    func name(in schema: SchemaName) -> String { "\(schema)_\(rawValue)" }

    /// The functions that it may call.
    package var functions: Set<String> {
        switch self {
        case .controller:
            [
                "create_study", "delete_study", "extend", "extend_limits", "find_study", "take_control",
                "propose", "promote", "derive", "stop_trials", "cut_search", "append_front",
                "request_replicates", "request_tests", "set_study_state", "expire_leases", "pause_study",
                "resume_study", "stop_study", "drain_workers",
            ]
        case .worker:
            [
                "find_study", "register_worker", "check_in", "claim", "finish_and_claim", "renew_and_report",
                "finish",
                "fail",
                "give_back",
            ]
        case .reader: []
        }
    }

    /// Whether it reads all tables and views, or the list of migrations alone.
    var readsEverything: Bool { self != .worker }

    /// Functions that only other functions call.
    package static let innerFunctions: Set<String> = [
        "hold_epoch", "hold_attempt", "end_attempt", "make_ready", "is_hopeless", "backoff", "end_in_failure",
        "has_expired", "lock_ready", "lease_next", "leased", "count_trial", "note_growth", "fence_controller",
        "go_on", "list_document", "list_new_study",
    ]
}
