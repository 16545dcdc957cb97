import Experiments

/// What must come out the same, whatever happened on the way: a trial as
/// `trials --format jsonl` prints it, less the number of attempts and less
/// what is observed (seconds, memory).
enum ComparableTrial {
    static func text(_ line: JSON) throws -> String {
        var members = line.object ?? [:]
        members["attempts"] = nil
        let observed = Set((members["kinds"]?.object ?? [:]).filter { $0.value == "observed" }.keys)
        for key in ["values", "measurements", "methods", "kinds"] {
            let entries = members[key]?.object ?? [:]
            members[key] = .object(entries.filter { !observed.contains($0.key) })
        }
        return JSON.object(members).canonicalText
    }

    /// A trial as `front` prints it, which does not say what is observed: its
    /// objectives without the other measurements.
    static func member(_ trial: JSON) -> String {
        var members = trial.object ?? [:]
        members["measurements"] = nil
        return JSON.object(members).canonicalText
    }

    static func texts(_ lines: String) throws -> [String] {
        try lines.split(separator: "\n").map { try text(JSON.parse(String($0))) }
    }
}
