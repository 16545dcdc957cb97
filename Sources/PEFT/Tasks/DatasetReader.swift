public import Experiments

/// Reads the rows of data files, as hostile: strict UTF-8 without NUL, lines
/// and columns bounded, and nothing skipped but blank lines.
///
/// | extension | format |
/// |---|---|
/// | `.tsv` | tab-separated as in GLUE: a line of names, no quoting at all |
/// | `.csv` | RFC 4180: a line of names, quoted fields may hold commas and line breaks |
/// | `.jsonl`, `.json` | one JSON object a line |
/// | `.conll` | a word and its tag a line, a blank line between sentences |
public enum DatasetReader {
    /// What a data file may ask of us.
    public struct Limits: Sendable {
        /// In bytes, of the whole file.
        public var file = 1 << 30
        /// In bytes, of a line or a record of several lines.
        public var line = 1 << 20
        public var columns = 1_000
        /// Of a file: each may become a row, which takes some hundred bytes.
        public var lines = 10_000_000

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
        let lines = try lines(of: file, format, task, limits)
        let columns = try TaskColumns(task: task, path: file.path, limit: limits.columns)
        return try rows(of: lines, columns, format)
    }

    /// The texts of a file, whose rows need no label.
    /// - Parameter columns: of the text, one or two.
    static func texts(
        file: DataFile, columns: [String], limits: Limits = Limits()
    ) throws(InputError) -> [Row] {
        let format = try DataFormat(path: file.path)
        guard format != .taggedWords else {
            throw InputError(
                file.path, reason: "holds words, and the model reads texts",
                suggestion: "a file that ends with .tsv, .csv, .jsonl or .json")
        }
        let lines = try unnamedLines(of: file, limits)
        let columns = try TaskColumns(text: columns, path: file.path, limit: limits.columns)
        return try rows(of: lines, columns, format)
    }

    /// The words of a file's sentences, which need no tags: the first column
    /// of a `.conll` file, or the texts of another, cut at white space.
    /// - Parameter columns: of the text, one; nil for `text`.
    static func words(
        file: DataFile, columns: [String]?, limits: Limits = Limits()
    ) throws(InputError) -> [[String]] {
        guard try DataFormat(path: file.path) == .taggedWords else {
            guard columns?.count != 2 else {
                throw InputError("--text", reason: "expected one column: the model tags words, not pairs")
            }
            return try texts(file: file, columns: columns ?? ["text"], limits: limits).map {
                $0.text.split(whereSeparator: \.isWhitespace).map(String.init)
            }
        }
        guard columns == nil else {
            throw InputError("--text", reason: "the columns of a .conll file have no names")
        }
        return try CoNLLReader(
            lines: unnamedLines(of: file, limits), label: nil, limit: limits.columns
        ).sentences().map(\.words)
    }

    private static func unnamedLines(of file: DataFile, _ limits: Limits) throws(InputError) -> DataLines {
        let bytes = try RegularFile(path: file.path).contents(limit: limits.file)
        return DataLines(bytes, path: file.path, limits: limits)
    }

    private static func rows(
        of lines: DataLines, _ columns: TaskColumns, _ format: DataFormat
    ) throws(InputError) -> [Row] {
        switch format {
        case .tabSeparated:
            return try TabSeparatedReader(lines: lines, columns: columns).rows()
        case .commaSeparated:
            return try CommaSeparatedReader(lines: lines, columns: columns).rows()
        case .jsonLines:
            return try JSONLinesReader(lines: lines, columns: columns).rows()
        case .taggedWords:
            preconditionFailure("refused with its lines")
        }
    }

    /// The sentences of a file of tagged words, read as `read` reads rows.
    public static func sentences(
        file: DataFile, task: TaskDefinition, limits: Limits = Limits()
    ) throws(InputError) -> [SentenceRows] {
        let lines = try lines(of: file, DataFormat(path: file.path), task, limits)
        return try CoNLLReader(lines: lines, label: task.label, limit: limits.columns).sentences()
    }

    private static func lines(
        of file: DataFile, _ format: DataFormat, _ task: TaskDefinition, _ limits: Limits
    ) throws(InputError) -> DataLines {
        guard (format == .taggedWords) == (task.kind == .tokenClassification) else {
            let wanted = task.kind == .tokenClassification ? ".conll" : ".tsv, .csv, .jsonl or .json"
            throw InputError(
                file.path, reason: "a \(task.kind.rawValue) task reads files that end with \(wanted)")
        }
        let bytes = try RegularFile(path: file.path).contents(limit: limits.file)
        if let expected = file.sha256 { try compare(ContentHash.sha256(of: bytes), expected, file) }
        return DataLines(bytes, path: file.path, limits: limits)
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
    case taggedWords

    init(path: String) throws(InputError) {
        let name = path.lowercased()
        if name.hasSuffix(".tsv") {
            self = .tabSeparated
        } else if name.hasSuffix(".csv") {
            self = .commaSeparated
        } else if name.hasSuffix(".jsonl") || name.hasSuffix(".json") {
            self = .jsonLines
        } else if name.hasSuffix(".conll") {
            self = .taggedWords
        } else {
            throw InputError(
                path, reason: "expected a name that ends with .tsv, .csv, .jsonl, .json or .conll")
        }
    }
}
