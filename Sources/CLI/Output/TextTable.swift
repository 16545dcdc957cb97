import Experiments
import Foundation

/// Rows under headings, in columns as wide as their longest cell.
struct TextTable {
    var headings: [String]
    var rows: [[String]] = []
    /// Columns of numbers, which are set flush right.
    var numeric: Set<Int> = []

    /// A cell from elsewhere stays one cell.
    var text: String {
        let lines = ([headings] + rows).map { $0.map { $0.replacingControls() } }
        let widths = headings.indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
        return lines.map { row in
            var line = ""
            for (column, cell) in row.enumerated() {
                let padding = String(repeating: " ", count: widths[column] - cell.count)
                line +=
                    (column > 0 ? "  " : "") + (numeric.contains(column) ? padding + cell : cell + padding)
            }
            while line.last == " " { line.removeLast() }
            return line
        }.joined(separator: "\n")
    }

    /// The same as CSV (RFC 4180); cells that a spreadsheet would run as a
    /// formula are kept from it by a quote sign.
    var csv: String {
        ([headings] + rows).map { row in
            row.enumerated().map { column, cell in Self.quoted(cell, isNumber: numeric.contains(column)) }
                .joined(separator: ",")
        }.joined(separator: "\r\n") + "\r\n"
    }

    private static func quoted(_ cell: String, isNumber: Bool) -> String {
        let isFormula = cell.unicodeScalars.first.map { "=+-@\t\r".unicodeScalars.contains($0) } ?? false
        let safe = isFormula && !(isNumber && Double(cell) != nil) ? "'" + cell : cell
        guard safe.contains(where: { ",\"\r\n".contains($0) || $0 == "\r\n" }) else { return safe }
        return "\"" + safe.replacingOccurrences(of: "\"", with: "\"\"") + "\""
    }
}
