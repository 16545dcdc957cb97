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
