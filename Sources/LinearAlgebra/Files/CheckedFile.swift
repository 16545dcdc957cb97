import Foundation

/// A file that ends in a checksum of all that stands before it, in 32-bit words
/// of this machine's byte order: for what a machine computes for itself and can
/// compute again.
final class CheckedFile: Sendable {
    /// In bytes, without the checksum.
    let size: Int
    let identity: Identity
    private let descriptor: Int32

    /// What tells a file from another that has taken its place.
    struct Identity: Hashable {
        let device: UInt64
        let inode: UInt64
        let size: Int
    }

    /// Checks nothing yet.
    /// - Returns: nil when there is no such file, or one that is too short.
    init?(path: String) {
        descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return nil }
        var status = stat()
        let isThere = fstat(descriptor, &status) == 0
        size = isThere ? Int(status.st_size) - Checksum.size : -1
        identity = Identity(device: UInt64(status.st_dev), inode: UInt64(status.st_ino), size: size)
        // From here on the descriptor is closed by deinit.
        guard size >= 0, size % 4 == 0 else { return nil }
    }

    deinit { close(descriptor) }

    /// Whether the bytes are those that were written.
    func isIntact() -> Bool {
        withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 1 << 16) { buffer in
            var checksum = Checksum()
            let bytes = UnsafeMutableRawPointer(buffer.baseAddress!)
            for offset in stride(from: 0, to: size, by: 1 << 18) {
                let count = min(1 << 18, size - offset)
                guard read(count, at: offset, into: bytes) else { return false }
                checksum.add(UnsafeRawPointer(bytes), words: count / 4)
            }
            return isLast(checksum)
        }
    }

    /// Whether the file ends in this checksum.
    func isLast(_ checksum: Checksum) -> Bool {
        var last: UInt64 = 0
        let isRead = withUnsafeMutableBytes(of: &last) {
            read(Checksum.size, at: size, into: $0.baseAddress!)
        }
        return isRead && last == checksum.value
    }

    /// - Returns: false when the file cannot be read or has become shorter.
    func read(_ count: Int, at offset: Int, into target: UnsafeMutableRawPointer) -> Bool {
        var done = 0
        while done < count {
            let step = pread(descriptor, target + done, count - done, off_t(offset + done))
            if step < 0, errno == EINTR { continue }
            // The file has become shorter: no call failed, so no reason is set.
            if step == 0 { errno = EIO }
            guard step > 0 else { return false }
            done += step
        }
        return true
    }

    /// Writes such a file. It is not flushed to the disk: one that outlives a
    /// power cut without its bytes is told by its checksum.
    /// - Parameter body: hands over the words, as often as it likes.
    static func write(
        to path: String,
        _ body: ((UnsafeRawPointer, _ words: Int) throws(MatrixFileError) -> Void)
            throws(MatrixFileError) -> Void
    ) throws(MatrixFileError) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .ofSystem }
        defer { close(descriptor) }
        var checksum = Checksum()
        try body { source, words throws(MatrixFileError) in
            checksum.add(source, words: words)
            try write(source, count: 4 * words, to: descriptor)
        }
        var last = checksum.value
        try write(&last, count: Checksum.size, to: descriptor)
    }

    private static func write(
        _ source: UnsafeRawPointer, count: Int, to descriptor: Int32
    ) throws(MatrixFileError) {
        var done = 0
        while done < count {
            let step = Foundation.write(descriptor, source + done, count - done)
            if step < 0, errno == EINTR { continue }
            guard step > 0 else { throw .ofSystem }
            done += step
        }
    }
}
