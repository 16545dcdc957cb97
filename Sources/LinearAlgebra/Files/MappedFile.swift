import Foundation

/// A file mapped into memory, to be read only: what several processes map lies
/// in memory once, and what is not looked at not at all.
///
/// Who maps a file trusts everyone who may write to it. When it is made
/// shorter, the next look beyond its new end ends the process by SIGBUS; bytes
/// that are written into it may appear in the map, or not. It therefore belongs
/// into processes that may die, and `isUnchanged` is to be asked before what
/// was computed from it counts. A file that is replaced by renaming stays
/// mapped as it was.
///
/// Sendable because what it points to is never written through it.
package final class MappedFile: @unchecked Sendable {
    /// In bytes.
    package let size: Int
    private let base: UnsafeRawPointer
    private let descriptor: Int32
    private let state: State

    /// What tells that nobody has written to a file since. Not the time of its
    /// last change of state: a new link or another owner changes no byte.
    private struct State: Equatable {
        let size: Int
        let written: [Int]

        init?(of descriptor: Int32) {
            var status = stat()
            guard fstat(descriptor, &status) == 0 else { return nil }
            size = Int(status.st_size)
            written = [Int(status.st_mtim.tv_sec), Int(status.st_mtim.tv_nsec)]
        }
    }

    /// - Parameter size: that the file has; it is not empty.
    /// - Returns: nil when it cannot be opened or mapped, or has another size.
    package init?(path: String, size: Int) {
        descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return nil }
        guard let state = State(of: descriptor), state.size == size, size > 0,
            let base = mmap(nil, size, PROT_READ, MAP_SHARED, descriptor, 0), base != MAP_FAILED
        else {
            close(descriptor)
            return nil
        }
        self.size = size
        self.base = UnsafeRawPointer(base)
        self.state = state
    }

    deinit {
        munmap(UnsafeMutableRawPointer(mutating: base), size)
        close(descriptor)
    }

    /// Whether nobody has written to the file since it was mapped.
    package var isUnchanged: Bool { State(of: descriptor) == state }

    /// Little-endian float32 of the file as a matrix that refers to the map
    /// until it is changed.
    ///
    /// - Parameter offset: of the first value, in bytes.
    /// - Returns: nil when the values lie outside the file or not at a
    ///   multiple of 4 bytes, or this machine orders bytes otherwise.
    package func matrix(rows: Int, columns: Int, at offset: Int) -> Matrix? {
        let (count, overflows) = rows.multipliedReportingOverflow(by: columns)
        guard rows >= 0, columns >= 0, !overflows, offset >= 0, offset <= size,
            count <= (size - offset) / MemoryLayout<Float>.stride,
            offset % MemoryLayout<Float>.alignment == 0, Int(littleEndian: 1) == 1
        else { return nil }
        let values = (base + offset).bindMemory(to: Float.self, capacity: count)
        return Matrix(rows: rows, columns: columns, storage: MappedStorage(values, rows: rows, in: self))
    }

    /// Gives the pages back to the system, which reads them again when they are
    /// looked at; other processes keep theirs.
    package func releasePages() {
        madvise(UnsafeMutableRawPointer(mutating: base), size, MADV_DONTNEED)
    }
}
