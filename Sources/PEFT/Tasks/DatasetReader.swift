public import Experiments

/// Reads the rows of data files, as hostile: strict UTF-8 without NUL, lines
/// and columns bounded, and nothing skipped but blank lines.
///
/// | extension | format |
/// |---|---|
/// | `.tsv` | tab-separated as in GLUE: a line of names, no quoting at all |
/// | `.csv` | RFC 4180: a line of names, quoted fields may hold commas and line breaks |
/// | `.jsonl`, `.json` | one JSON object a line |
public enum DatasetReader {
    /// What a data file may ask of us.
    public struct Limits: Sendable {
        /// In bytes, of the whole file.
        public var file = 1 << 30
        /// In bytes, of a line or a record of several lines.
        public var line = 1 << 20
        public var columns = 1_000

        public init() {}
    }

    /// The rows of a file with the columns that the task names.
    ///
    /// If the file has a hash it is compared with that of the very bytes that
    /// are read. A wrong file, row or column is refused with its line.
    public static func read(
        file: DataFile, task: TaskDefinition, limits: Limits = Limits()
    ) throws(InputError) -> [Row] {
        let format = try DataFormat(path: file.path)
        let bytes = try RegularFile(path: file.path).contents(limit: limits.file)
        if let expected = file.sha256 { try compare(ContentHash.sha256(of: bytes), expected, file) }
        let lines = DataLines(bytes, path: file.path, limit: limits.line)
        let columns = try TaskColumns(task: task, path: file.path, limit: limits.columns)
        switch format {
        case .tabSeparated:
            return try TabSeparatedReader(lines: lines, columns: columns).rows()
        case .commaSeparated:
            return try CommaSeparatedReader(lines: lines, columns: columns).rows()
        case .jsonLines:
            return try JSONLinesReader(lines: lines, columns: columns).rows()
        }
    }

    /// Checks of a file what `read` checks before it looks at the rows.
    static func check(_ file: DataFile, limits: Limits = Limits()) throws(InputError) {
        _ = try DataFormat(path: file.path)
        guard let expected = file.sha256 else { return }
        try compare(try ContentHash.sha256(ofFile: file.path, limit: limits.file), expected, file)
    }

    private static func compare(_ found: String, _ expected: String, _ file: DataFile) throws(InputError) {
        guard found == expected else {
            throw InputError(
                file.path,
                reason: "is not the file of the study: expected SHA-256 \(expected), found \(found)",
                suggestion: "bring back the file, or start a study of another name")
        }
    }
}

/// The formats of data files, told by their extensions.
enum DataFormat: String {
    case tabSeparated
    case commaSeparated
    case jsonLines

    init(path: String) throws(InputError) {
        let name = path.lowercased()
        if name.hasSuffix(".tsv") {
            self = .tabSeparated
        } else if name.hasSuffix(".csv") {
            self = .commaSeparated
        } else if name.hasSuffix(".jsonl") || name.hasSuffix(".json") {
            self = .jsonLines
        } else {
            throw InputError(path, reason: "expected a name that ends with .tsv, .csv, .jsonl or .json")
        }
    }
}
