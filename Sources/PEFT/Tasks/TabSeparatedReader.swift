import Experiments

/// Reads tab-separated rows the way GLUE writes them: the first line names the
/// columns, and a quotation mark is a character like any other (MRPC has
/// unbalanced ones).
struct TabSeparatedReader {
    private var lines: DataLines
    private let columns: TaskColumns

    init(lines: DataLines, columns: TaskColumns) {
        self.lines = lines
        self.columns = columns
    }

    func rows() throws(InputError) -> [Row] {
        var lines = lines
        guard let names = try fields(of: &lines) else {
            throw InputError(columns.path, reason: "is empty")
        }
        let positions = try columns.positions(in: names, line: lines.number)
        var rows: [Row] = []
        while let fields = try fields(of: &lines) {
            guard fields.count == positions.count else {
                throw lines.error("expected \(positions.count) columns, found \(fields.count)")
            }
            rows.append(
                try columns.row(
                    line: lines.number, text: positions.text.map { fields[$0] },
                    label: positions.label.map { fields[$0] }))
        }
        return rows
    }

    private func fields(of lines: inout DataLines) throws(InputError) -> [String]? {
        guard let line = try lines.nextUnlessBlank() else { return nil }
        let fields = line.split(
            separator: UInt8(ascii: "\t"), maxSplits: columns.limit, omittingEmptySubsequences: false)
        guard fields.count <= columns.limit else {
            throw lines.error("has more than \(columns.limit) columns")
        }
        return try fields.map { field throws(InputError) in try lines.text(field) }
    }
}
