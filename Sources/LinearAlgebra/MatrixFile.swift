import Foundation

/// A file of float32 rows, row-major and without a header, in this machine's
/// byte order: for what a machine computes for itself and can compute again.
package final class MatrixFile: Sendable {
    package let rows: Int
    package let columns: Int
    private let descriptor: Int32

    /// - Returns: nil when there is no such file, or its size is another.
    package init?(path: String, rows: Int, columns: Int) {
        self.rows = rows
        self.columns = columns
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        var status = stat()
        let size = rows * columns * MemoryLayout<Float>.stride
        guard fstat(descriptor, &status) == 0, status.st_size == off_t(size) else { return nil }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// The rows of several ranges, one after the other.
    /// - Throws: when the file cannot be read any more.
    package func rows(_ ranges: [Range<Int>]) throws(MatrixFileError) -> Matrix {
        var result = Matrix(uninitializedRows: ranges.reduce(0) { $0 + $1.count }, columns: columns)
        let rowBytes = columns * MemoryLayout<Float>.stride
        let isWhole = result.write { target in
            var position = UnsafeMutableRawPointer(target)
            for range in ranges {
                precondition(range.lowerBound >= 0 && range.upperBound <= rows, "rows \(range) of \(rows)")
                guard read(range.count * rowBytes, at: range.lowerBound * rowBytes, into: position)
                else { return false }
                position += range.count * rowBytes
            }
            return true
        }
        guard isWhole else { throw MatrixFileError(reason: String(cString: strerror(errno))) }
        return result
    }

    private func read(_ count: Int, at offset: Int, into target: UnsafeMutableRawPointer) -> Bool {
        var done = 0
        while done < count {
            let step = pread(descriptor, target + done, count - done, off_t(offset + done))
            if step < 0, errno == EINTR { continue }
            guard step > 0 else { return false }
            done += step
        }
        return true
    }

    /// Writes such a file from its parts, one after the other.
    package static func write(
        to path: String, parts: () throws(MatrixFileError) -> Matrix?
    ) throws(MatrixFileError) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw MatrixFileError(reason: String(cString: strerror(errno))) }
        defer { close(descriptor) }
        while let part = try parts() {
            let size = part.count * MemoryLayout<Float>.stride
            let isWritten = part.read { source in
                var done = 0
                while done < size {
                    let step = Foundation.write(descriptor, UnsafeRawPointer(source) + done, size - done)
                    if step < 0, errno == EINTR { continue }
                    guard step > 0 else { return false }
                    done += step
                }
                return true
            }
            guard isWritten else { throw MatrixFileError(reason: String(cString: strerror(errno))) }
        }
    }
}

package struct MatrixFileError: Error {
    package let reason: String
}
