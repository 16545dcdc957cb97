import Experiments

/// Reads comma-separated rows by RFC 4180: the first record names the columns;
/// a field in double quotes may hold commas, line breaks and doubled quotes.
struct CommaSeparatedReader {
    private let lines: DataLines
    private let columns: TaskColumns

    init(lines: DataLines, columns: TaskColumns) {
        self.lines = lines
        self.columns = columns
    }

    func rows() throws(InputError) -> [Row] {
        var lines = lines
        guard let header = try record(of: &lines) else {
            throw InputError(columns.path, reason: "is empty")
        }
        let positions = try columns.positions(in: header.fields, line: header.line)
        var rows: [Row] = []
        while let record = try record(of: &lines) {
            let fields = record.fields
            guard fields.count == positions.count else {
                throw lines.error(
                    "expected \(positions.count) columns, found \(fields.count)", line: record.line,
                    suggestion: "put a field with a comma or a line break into double quotes")
            }
            rows.append(
                try columns.row(
                    line: record.line, text: positions.text.map { fields[$0] },
                    label: positions.label.map { fields[$0] }))
        }
        return rows
    }

    /// The next record and the line on which it begins.
    private func record(of lines: inout DataLines) throws(InputError) -> (line: Int, fields: [String])? {
        guard let first = try lines.nextUnlessBlank() else { return nil }
        var record = Record(line: lines.number, columns: columns.limit)
        try record.parse(first, lines)
        while record.isOpen {
            guard let next = try lines.next() else {
                throw lines.error("the double quote is never closed", line: record.openedAt)
            }
            guard record.bytes + next.count <= lines.maximumBytes else {
                throw lines.error(
                    "the record is longer than \(lines.maximumBytes) bytes", line: record.openedAt,
                    suggestion: "close the double quote")
            }
            record.breakLine()
            try record.parse(next, lines)
        }
        return (
            record.line,
            try record.fields.map { field throws(InputError) in
                try lines.text(field, line: record.line)
            }
        )
    }
}

extension CommaSeparatedReader {
    /// A record of which some lines have been read.
    private struct Record {
        /// Where a quoted field stands when its line ends.
        private enum State { case fieldStart, unquoted, quoted, quoteEnded }

        let line: Int
        /// The most fields.
        let columns: Int
        private(set) var fields: [[UInt8]] = []
        private(set) var bytes = 0
        /// The line of the quote that is not closed yet.
        private(set) var openedAt = 0
        private var field: [UInt8] = []
        private var state = State.fieldStart

        init(line: Int, columns: Int) {
            self.line = line
            self.columns = columns
        }

        var isOpen: Bool { state == .quoted }

        /// A line break within quotes; CR LF becomes LF.
        mutating func breakLine() {
            field.append(UInt8(ascii: "\n"))
        }

        mutating func parse(_ text: ArraySlice<UInt8>, _ lines: DataLines) throws(InputError) {
            bytes += text.count + 1
            for byte in text { try parse(byte, lines) }
            if !isOpen { try endField(lines) }
        }

        private mutating func parse(_ byte: UInt8, _ lines: DataLines) throws(InputError) {
            switch (state, byte) {
            case (.fieldStart, UInt8(ascii: "\"")):
                state = .quoted
                openedAt = lines.number
            case (.quoted, UInt8(ascii: "\"")): state = .quoteEnded
            case (.quoteEnded, UInt8(ascii: "\"")):
                field.append(byte)
                state = .quoted
            case (.quoted, _): field.append(byte)
            case (_, UInt8(ascii: ",")): try endField(lines)
            case (.quoteEnded, _):
                throw lines.error(
                    "expected a comma or the end of the line after the closing double quote",
                    suggestion: "double the quotes within a quoted field")
            case (.unquoted, UInt8(ascii: "\"")):
                throw lines.error(
                    "a double quote within a field without quotes",
                    suggestion: "put the field into double quotes and double those within")
            default:
                field.append(byte)
                state = .unquoted
            }
        }

        private mutating func endField(_ lines: DataLines) throws(InputError) {
            guard fields.count < columns else { throw lines.error("has more than \(columns) columns") }
            fields.append(field)
            field.removeAll(keepingCapacity: true)
            state = .fieldStart
        }
    }
}
