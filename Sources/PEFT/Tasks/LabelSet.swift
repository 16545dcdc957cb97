import Experiments

/// The labels of a task and their ids, which are their positions.
struct LabelSet {
    let labels: [String]
    private let ids: [String: Int]

    /// The labels of the training rows: in the order of their numbers if all
    /// are whole numbers, else in that of their bytes.
    init(of rows: [Row], path: String) throws(InputError) {
        let distinct = Set(rows.map(\.label))
        guard distinct.count >= 2 else {
            let found = distinct.first.map { "only \"\($0.prefix(80))\"" } ?? "none"
            throw InputError(path, reason: "a classification needs at least two labels; found \(found)")
        }
        let byBytes = distinct.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        let numbered = byBytes.compactMap { label in Int(label).map { (number: $0, label: label) } }
        labels =
            numbered.count < byBytes.count
            ? byBytes
            : numbered.sorted { ($0.number, $0.label) < ($1.number, $1.label) }.map(\.label)
        ids = Dictionary(uniqueKeysWithValues: labels.enumerated().map { ($1, $0) })
    }

    /// Gives the rows of a file the ids of their labels.
    func examples(_ rows: [Row], path: String, column: String) throws(InputError) -> [Example] {
        guard !rows.isEmpty else { throw InputError(path, reason: "has no rows") }
        return try rows.map { row throws(InputError) in
            guard let id = ids[row.label] else {
                throw InputError(
                    path, line: row.line, key: column,
                    reason: "the label \"\(row.label.prefix(80))\" does not occur in the training file",
                    suggestion: InputError.nearest(to: row.label, in: labels))
            }
            return Example(text: row.text, pair: row.pair, label: id)
        }
    }
}
