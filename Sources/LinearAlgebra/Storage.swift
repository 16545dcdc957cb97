/// The block of memory behind one or more equal matrices.
///
/// Sendable because it is written only while one matrix alone refers to it,
/// hence by one thread.
class Storage<Element: BitwiseCopyable>: @unchecked Sendable {
    final let base: UnsafeMutablePointer<Element>
    /// Whether the block may be written at all.
    final let isWritable: Bool

    fileprivate init(base: UnsafeMutablePointer<Element>, isWritable: Bool) {
        self.base = base
        self.isWritable = isWritable
    }
}

/// A block of the pool.
///
/// Sendable for the reason its superclass gives.
final class PooledStorage<Element: BitwiseCopyable>: Storage<Element>, @unchecked Sendable {
    private let size: Int

    /// Aligned for the widest vector loads; uninitialised.
    init(count: Int) {
        let block = BufferPool.shared.allocate(count * MemoryLayout<Element>.stride)
        size = block.size
        super.init(
            base: block.base.bindMemory(to: Element.self, capacity: max(count, 1)), isWritable: true)
    }

    deinit { BufferPool.shared.release(base, size: size) }
}

/// A stretch of a mapped file.
///
/// Sendable for the reason its superclass gives.
final class MappedStorage<Element: BitwiseCopyable>: Storage<Element>, @unchecked Sendable {
    private let file: MappedFile

    /// - Parameter base: within the file, aligned for `Element`.
    init(_ base: UnsafePointer<Element>, in file: MappedFile) {
        self.file = file
        super.init(base: UnsafeMutablePointer(mutating: base), isWritable: false)
    }
}
