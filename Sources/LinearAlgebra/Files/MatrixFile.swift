import Foundation

/// A file of float32 rows, row-major, in this machine's byte order, with a
/// checksum behind them.
package final class MatrixFile: Sendable {
    package let rows: Int
    package let columns: Int
    private let file: CheckedFile

    /// The files whose bytes have been looked at, by path: a file in the same
    /// place is not looked at again.
    ///
    /// Sendable because the lock is held by whoever touches the identities.
    package final class Verified: @unchecked Sendable {
        private let lock = NSLock()
        private var identities: [String: CheckedFile.Identity] = [:]

        package init() {}

        fileprivate func admits(_ file: CheckedFile, at path: String) -> Bool {
            if lock.withLock({ identities[path] }) == file.identity { return true }
            guard file.isIntact() else { return false }
            lock.withLock { identities[path] = file.identity }
            return true
        }
    }

    /// - Returns: nil when there is no such file, or its bytes are not those
    ///   that were written.
    package init?(path: String, rows: Int, columns: Int, verified: Verified) {
        guard let file = CheckedFile(path: path),
            file.size == rows * columns * MemoryLayout<Float>.stride,
            verified.admits(file, at: path)
        else { return nil }
        self.rows = rows
        self.columns = columns
        self.file = file
    }

    /// The rows of several ranges, one after the other.
    /// - Throws: when the file cannot be read any more.
    package func rows(_ ranges: [Range<Int>]) throws(MatrixFileError) -> Matrix {
        var result = Matrix(uninitializedRows: ranges.reduce(0) { $0 + $1.count }, columns: columns)
        let rowBytes = columns * MemoryLayout<Float>.stride
        let isWhole = result.write { target in
            var position = UnsafeMutableRawPointer(target)
            for range in ranges {
                precondition(range.lowerBound >= 0 && range.upperBound <= rows, "rows \(range) of \(rows)")
                guard file.read(range.count * rowBytes, at: range.lowerBound * rowBytes, into: position)
                else { return false }
                position += range.count * rowBytes
            }
            return true
        }
        guard isWhole else { throw .ofSystem }
        return result
    }

    /// Writes such a file from its parts, one after the other.
    package static func write(
        to path: String, parts: () throws(MatrixFileError) -> Matrix?
    ) throws(MatrixFileError) {
        try CheckedFile.write(to: path) { write throws(MatrixFileError) in
            while let part = try parts() {
                let result = part.read { source in
                    Result { () throws(MatrixFileError) in try write(source, part.count) }
                }
                try result.get()
            }
        }
    }
}
