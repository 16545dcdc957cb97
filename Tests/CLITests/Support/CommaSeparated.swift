import Testing

/// The records of a CSV text by RFC 4180, read strictly.
enum CommaSeparated {
    struct Malformed: Error {}

    static func records(_ text: String) throws -> [[String]] {
        var records: [[String]] = []
        var record: [String] = []
        var rest = Substring(text).unicodeScalars
        while !rest.isEmpty {
            record.append(try field(&rest))
            guard let end = rest.popFirst() else { throw Malformed() }
            if end == "," { continue }
            guard end == "\r", rest.popFirst() == "\n" else { throw Malformed() }
            records.append(record)
            record = []
        }
        guard record.isEmpty else { throw Malformed() }
        return records
    }

    private static func field(_ rest: inout Substring.UnicodeScalarView) throws -> String {
        var text = String.UnicodeScalarView()
        guard rest.first == "\"" else {
            while let next = rest.first, next != ",", next != "\r" {
                guard next != "\"", next != "\n" else { throw Malformed() }
                text.append(rest.removeFirst())
            }
            return String(text)
        }
        rest.removeFirst()
        while let next = rest.popFirst() {
            if next != "\"" {
                text.append(next)
            } else if rest.first == "\"" {
                text.append(rest.removeFirst())
            } else {
                return String(text)
            }
        }
        throw Malformed()
    }
}
