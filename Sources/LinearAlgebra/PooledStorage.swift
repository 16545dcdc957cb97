/// The block of memory behind one or more equal matrices.
///
/// Sendable because it is written only while one matrix alone refers to it,
/// hence by one thread.
final class PooledStorage<Element: BitwiseCopyable>: @unchecked Sendable {
    let base: UnsafeMutablePointer<Element>
    private let size: Int

    /// Aligned for the widest vector loads; uninitialised.
    init(count: Int) {
        let block = BufferPool.shared.allocate(count * MemoryLayout<Element>.stride)
        base = block.base.bindMemory(to: Element.self, capacity: max(count, 1))
        size = block.size
    }

    deinit { BufferPool.shared.release(base, size: size) }
}
