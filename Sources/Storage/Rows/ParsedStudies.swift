import Experiments
import Synchronization

/// The study of the last claim: the next one is mostly of the same, and its
/// document may be long.
final class ParsedStudies: Sendable {
    private let last = Mutex<(text: String, study: Study)?>(nil)

    /// The study of a row, with its budget of today.
    func study(in row: PostgresRow) throws -> Study {
        let text = try row.text("resolved")
        if var study = last.withLock({ $0?.text == text ? $0?.study : nil }) {
            study.search.trials = try row.integer("budget")
            return study
        }
        let study = try Study(row)
        last.withLock { $0 = (text, study) }
        return study
    }
}
