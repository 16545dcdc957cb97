import Experiments

/// Reads the labels of a regression.
enum NumericLabel {
    /// A finite number in decimal notation.
    static func value(of row: Row, _ file: DataFile, _ task: TaskDefinition) throws(InputError) -> Double {
        // `Double` reads hexadecimal and names such as `inf`, too.
        let isDecimal = row.label.utf8.allSatisfy { (48...57).contains($0) || "+-.eE".utf8.contains($0) }
        guard isDecimal, let value = Double(row.label), value.isFinite else {
            throw InputError(
                file.path, line: row.line, key: task.label,
                reason: "expected a number, found \"\(row.label.prefix(80))\"")
        }
        return value
    }
}
