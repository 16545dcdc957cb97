import Experiments

/// The lines of a data file, one after the other.
struct DataLines {
    let path: String
    /// The number of the line that was read last, from 1.
    private(set) var number = 0

    private let bytes: [UInt8]
    private let limits: DatasetReader.Limits
    private var position: Int

    /// A byte order mark at the start is skipped.
    init(_ bytes: [UInt8], path: String, limits: DatasetReader.Limits) {
        self.bytes = bytes
        self.path = path
        self.limits = limits
        position = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    }

    /// The next line without its line break (LF or CR LF), or nil at the end.
    mutating func next() throws(InputError) -> ArraySlice<UInt8>? {
        guard position < bytes.count else { return nil }
        guard number < limits.lines else {
            throw error("has more than \(limits.lines) lines", line: number + 1)
        }
        number += 1
        let start = position
        let limit = limits.line
        // Two more than the limit, for the line break.
        let end = bytes[start...].prefix(limit + 2).firstIndex(of: UInt8(ascii: "\n"))
        let line = bytes[start..<(end ?? min(bytes.count, start + limit + 2))]
        let content = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
        guard content.count <= limit else { throw error("the line is longer than \(limit) bytes") }
        position = line.endIndex + 1
        return content
    }

    /// The next line that is not blank.
    mutating func nextUnlessBlank() throws(InputError) -> ArraySlice<UInt8>? {
        while let line = try next() {
            if !line.allSatisfy({ $0 == UInt8(ascii: " ") }) { return line }
        }
        return nil
    }

    /// The text of a field.
    func text(_ field: some Collection<UInt8>, line: Int? = nil) throws(InputError) -> String {
        guard let text = String(validating: field, as: UTF8.self) else {
            throw error("is not valid UTF-8", line: line)
        }
        guard !text.utf8.contains(0) else { throw error("holds a NUL character", line: line) }
        return text
    }

    /// - Parameter line: where it is; nil for the line that was read last.
    func error(_ reason: String, line: Int? = nil, key: String? = nil, suggestion: String? = nil)
        -> InputError
    {
        InputError(path, line: line ?? number, key: key, reason: reason, suggestion: suggestion)
    }

    /// The longest line or record in bytes.
    var maximumBytes: Int { limits.line }
}
