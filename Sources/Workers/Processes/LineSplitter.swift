/// Cuts a stream of bytes into lines without ever holding more than one
/// bounded line.
package struct LineSplitter {
    /// A line without its line feed.
    package struct Line: Sendable, Hashable {
        package var bytes: [UInt8]
        /// Whether it was longer than the limit and lost its end.
        package var isCut: Bool
    }

    /// The longest line in bytes.
    package let limit: Int
    private var pending: [UInt8] = []
    private var isCut = false

    package init(limit: Int = 1 << 20) {
        self.limit = limit
    }

    /// The lines that these bytes complete.
    package mutating func append(_ bytes: some Sequence<UInt8>) -> [Line] {
        var lines: [Line] = []
        for byte in bytes {
            if byte == UInt8(ascii: "\n") {
                lines.append(takeLine())
            } else if pending.count < limit {
                pending.append(byte)
            } else {
                isCut = true
            }
        }
        return lines
    }

    /// The last line, when the stream ended without a line feed.
    package mutating func finish() -> Line? {
        pending.isEmpty ? nil : takeLine()
    }

    private mutating func takeLine() -> Line {
        defer {
            pending = []
            isCut = false
        }
        return Line(bytes: pending, isCut: isCut)
    }
}
