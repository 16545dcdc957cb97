import Experiments
import Workers

/// A line that `ask` reads.
enum AskMessage {
    /// `{"tell": {"number": 3, "metrics": {"accuracy": 0.9}}}`
    case tell(ToldResult)
    /// `{"describe": {"rank": 8}}`
    case describe(Assignment)

    /// Nil for a line without anything in it.
    init?(_ line: LineSplitter.Line, of study: Study) throws(InputError) {
        guard line.bytes.contains(where: { $0 > 0x20 }) else { return nil }
        var reader = try JSONObjectReader(Self.parse(line), subject: "line")
        if let told = try reader.object("tell") {
            self = .tell(try ToldResult(told, engine: study.engine))
        } else {
            let expected = "{\"tell\": ...} or {\"describe\": ...}"
            guard let assignment = try reader.required("describe", expected: expected).object else {
                throw reader.error("describe", "expected an assignment: a map of parameters and values")
            }
            self = .describe(assignment)
        }
        try reader.finish()
    }

    private static func parse(_ line: LineSplitter.Line) throws(InputError) -> JSON {
        guard !line.isCut else { throw InputError("line", reason: "is longer than 1 MiB") }
        do {
            return try JSON.parse(NonFiniteTokens.quoted(in: line.bytes))
        } catch {
            throw InputError("line", reason: "is not JSON: \(error)")
        }
    }
}
