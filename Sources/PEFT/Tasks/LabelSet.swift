import Experiments

/// The labels of a task and their ids, which are their positions.
struct LabelSet {
    let labels: [String]
    private let ids: [String: Int]

    /// The labels of the training file: in the order of their numbers if all
    /// are whole numbers, else in that of their bytes.
    init(of found: some Sequence<String>, path: String) throws(InputError) {
        let distinct = Set(found)
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

    /// - Parameters:
    ///   - path: of the file in which it stands.
    ///   - column: of that file.
    func id(of label: String, path: String, line: Int, column: String) throws(InputError) -> Int {
        guard let id = ids[label] else {
            throw InputError(
                path, line: line, key: column,
                reason: "the label \"\(label.prefix(80))\" does not occur in the training file",
                suggestion: InputError.nearest(to: label, in: labels))
        }
        return id
    }
}
