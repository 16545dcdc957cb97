import Experiments

/// Reads rows from JSON lines: one object a line, whose names are the columns.
/// A label may be a number or a truth value, which counts as its text.
struct JSONLinesReader {
    private let lines: DataLines
    private let columns: TaskColumns

    init(lines: DataLines, columns: TaskColumns) {
        self.lines = lines
        self.columns = columns
    }

    func rows() throws(InputError) -> [Row] {
        var lines = lines
        var rows: [Row] = []
        while let line = try lines.nextUnlessBlank() {
            let object = try object(line, lines)
            let texts = try columns.text.map { column throws(InputError) in
                try text(column, of: object, lines)
            }
            rows.append(try columns.row(line: lines.number, text: texts, label: try label(of: object, lines)))
        }
        return rows
    }

    private func object(_ line: ArraySlice<UInt8>, _ lines: DataLines) throws(InputError) -> JSON {
        do {
            let value = try JSON.parse(line, limits: JSON.Limits(bytes: lines.maximumBytes))
            guard let members = value.object else {
                throw lines.error(
                    "expected a JSON object", suggestion: "write one object a line, without an array around")
            }
            guard members.count <= columns.limit else {
                throw lines.error("has more than \(columns.limit) columns")
            }
            return value
        } catch let error as InputError {
            throw error
        } catch {
            throw lines.error("is not valid JSON: \(error)", suggestion: "write one object a line")
        }
    }

    private func member(_ column: String, of object: JSON, _ lines: DataLines) throws(InputError) -> JSON {
        guard let value = object[column] else {
            throw columns.missing(column, among: (object.object ?? [:]).keys.sorted(), line: lines.number)
        }
        return value
    }

    private func text(_ column: String, of object: JSON, _ lines: DataLines) throws(InputError) -> String {
        let value = try member(column, of: object, lines)
        guard let text = value.string else {
            throw lines.error("expected a string, found \(value.canonicalText.prefix(40))", key: column)
        }
        return text
    }

    private func label(of object: JSON, _ lines: DataLines) throws(InputError) -> String? {
        guard let column = columns.label else { return nil }
        let value = try member(column, of: object, lines)
        switch value {
        case .string(let text): return text
        case .integer, .number, .bool: return value.canonicalText
        case .null: return ""
        case .array, .object:
            throw lines.error(
                "expected a name or a number, found \(value.canonicalText.prefix(40))", key: column)
        }
    }
}
