import Experiments

/// An error that the server sent: its SQLSTATE and its primary message. The
/// detail is never asked for, because it holds values.
struct ServerFailure {
    /// Five characters, PostgreSQL's appendix A; `PS001` to `PS003` are ours.
    let code: String
    let message: String

    /// What the caller can do about it.
    func error(of statement: String) -> StoreError {
        switch code {
        case "PS001": .fenced
        case "PS002": .studyDeleted
        case "PS003": .refused(message)
        case _ where isTransient:
            .unreachable("the database could not run \(statement) now (\(code)): \(message)")
        case "42P01", "42883", "3F000":
            .refused("\(statement) needs a newer schema (\(code)); try: peftsearch database migrate")
        case "42501": .denied("the role may not run \(statement) (\(code)); connect as another one")
        // Class 22, data exceptions: the message quotes the value.
        case _ where code.hasPrefix("22"): .refused("\(statement) (\(code)): \(message.withoutQuotations)")
        default: .refused("\(statement) (\(code)): \(message)")
        }
    }

    /// Whether the same statement may succeed later: connection lost, server
    /// stopping or starting, too many connections, disk full, a deadlock or
    /// serialization loss, a lock or statement time-out.
    var isTransient: Bool {
        let codes = ["57P01", "57P02", "57P03", "57014", "40001", "40P01", "55P03"]
        return code.hasPrefix("08") || code.hasPrefix("53") || codes.contains(code)
    }
}

extension String {
    /// The text with everything between double quotes left out.
    var withoutQuotations: String {
        split(separator: "\"", omittingEmptySubsequences: false).enumerated()
            .map { $0.offset.isMultiple(of: 2) ? String($0.element) : "…" }
            .joined(separator: "\"")
    }
}
