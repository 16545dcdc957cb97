import Experiments

/// The columns that a task takes from a file.
struct TaskColumns {
    let path: String
    /// One or two.
    let text: [String]
    /// Nil where no labels are read.
    let label: String?
    /// The most columns that a file may have.
    let limit: Int

    init(task: TaskDefinition, path: String, limit: Int) throws(InputError) {
        guard (1...2).contains(task.text.count) else {
            throw InputError("task.text", reason: "expected one column or two, found \(task.text.count)")
        }
        self.path = path
        text = task.text
        label = task.label
        self.limit = limit
    }

    /// The columns of texts without labels.
    init(text: [String], path: String, limit: Int) throws(InputError) {
        guard (1...2).contains(text.count) else {
            throw InputError("--text", reason: "expected one column or two, found \(text.count)")
        }
        self.path = path
        self.text = text
        label = nil
        self.limit = limit
    }

    /// Where the columns stand in a header.
    func positions(in header: [String], line: Int) throws(InputError) -> Positions {
        Positions(
            text: try text.map { column throws(InputError) in try position(of: column, in: header, line) },
            label: try label.map { column throws(InputError) in try position(of: column, in: header, line) },
            count: header.count)
    }

    struct Positions {
        let text: [Int]
        let label: Int?
        let count: Int
    }

    /// The row that the named fields make.
    /// - Parameter label: nil where none is read.
    func row(line: Int, text: [String], label: String?) throws(InputError) -> Row {
        guard label?.isEmpty != true else {
            throw InputError(path, line: line, key: self.label, reason: "the label is empty")
        }
        return Row(line: line, text: text[0], pair: text.count > 1 ? text[1] : nil, label: label ?? "")
    }

    func missing(_ column: String, among columns: [String], line: Int) -> InputError {
        let shown = columns.prefix(20).map { String($0.prefix(80)) }.joined(separator: ", ")
        let nearest = InputError.nearest(to: column, in: Array(columns.prefix(1_000)))
        // Without a task, columns are named on the command line.
        let named = "--text \(nearest ?? (columns.count == 1 ? columns[0] : "COLUMN"))"
        return InputError(
            path, line: line, key: column,
            reason: "there is no such column; there are \(shown)\(columns.count > 20 ? ", …" : "")",
            suggestion: label == nil ? named : nearest)
    }

    private func position(of column: String, in header: [String], _ line: Int) throws(InputError) -> Int {
        guard let first = header.firstIndex(of: column) else {
            throw missing(column, among: header, line: line)
        }
        guard header.lastIndex(of: column) == first else {
            throw InputError(path, line: line, key: column, reason: "two columns have this name")
        }
        return first
    }
}
