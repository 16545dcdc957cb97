import Foundation

/// A file of float32 rows, row-major, in this machine's byte order, with a
/// checksum behind them: for what a machine computes for itself and can
/// compute again.
package final class MatrixFile: Sendable {
    package let rows: Int
    package let columns: Int
    private let descriptor: Int32

    /// - Returns: nil when there is no such file, or its bytes are not those
    ///   that were written.
    package init?(path: String, rows: Int, columns: Int) {
        self.rows = rows
        self.columns = columns
        descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return nil }
        var status = stat()
        let size = rows * columns * MemoryLayout<Float>.stride
        guard fstat(descriptor, &status) == 0, status.st_size == off_t(size + Checksum.size),
            hasChecksum(behind: size)
        else { return nil }
    }

    private func hasChecksum(behind size: Int) -> Bool {
        withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 1 << 18) { buffer in
            var checksum = Checksum()
            let bytes = UnsafeMutableRawPointer(buffer.baseAddress!)
            for offset in stride(from: 0, to: size, by: 1 << 20) {
                let count = min(1 << 20, size - offset)
                guard read(count, at: offset, into: bytes) else { return false }
                checksum.add(UnsafeRawPointer(bytes), words: count / 4)
            }
            guard read(Checksum.size, at: size, into: bytes) else { return false }
            return bytes.loadUnaligned(as: UInt64.self) == checksum.value
        }
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
        var checksum = Checksum()
        while let part = try parts() {
            let isWritten = part.read { source in
                checksum.add(UnsafeRawPointer(source), words: part.count)
                return write(
                    UnsafeRawPointer(source), count: part.count * MemoryLayout<Float>.stride, to: descriptor)
            }
            guard isWritten else { throw MatrixFileError(reason: String(cString: strerror(errno))) }
        }
        // Renamed before its bytes are on the disk, a file could outlive a power cut without them.
        guard
            withUnsafeBytes(of: checksum.value, { write($0.baseAddress!, count: $0.count, to: descriptor) }),
            fsync(descriptor) == 0
        else { throw MatrixFileError(reason: String(cString: strerror(errno))) }
    }

    private static func write(_ source: UnsafeRawPointer, count: Int, to descriptor: Int32) -> Bool {
        var done = 0
        while done < count {
            let step = Foundation.write(descriptor, source + done, count - done)
            if step < 0, errno == EINTR { continue }
            guard step > 0 else { return false }
            done += step
        }
        return true
    }

    /// FNV-1a (Fowler, Noll and Vo) over words of 32 bits: against damage, not
    /// against an enemy.
    private struct Checksum {
        static let size = MemoryLayout<UInt64>.size
        private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

        mutating func add(_ source: UnsafeRawPointer, words: Int) {
            for index in 0..<words {
                let word = source.loadUnaligned(fromByteOffset: 4 * index, as: UInt32.self)
                value = (value ^ UInt64(word)) &* 0x100_0000_01B3
            }
        }
    }
}

package struct MatrixFileError: Error {
    package let reason: String
}
