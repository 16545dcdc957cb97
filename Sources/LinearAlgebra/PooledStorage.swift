/// A block of the pool.
///
/// Sendable for the reason its superclass gives.
final class PooledStorage<Element: BitwiseCopyable>: Storage<Element>, @unchecked Sendable {
    private let size: Int

    /// Aligned for the widest vector loads; uninitialised.
    ///
    /// Beyond 16 rows there is room for whole sixteens of them, so that
    /// products need no code for what is left over (`ProductCall.rows`).
    init(rows: Int, columns: Int) {
        let rows = rows > 16 ? (rows + 15) / 16 * 16 : rows
        let count = rows * columns
        let block = BufferPool.shared.allocate(count * MemoryLayout<Element>.stride)
        size = block.size
        super.init(
            base: block.base.bindMemory(to: Element.self, capacity: max(count, 1)), rows: rows,
            isWritable: true)
    }

    deinit { BufferPool.shared.release(base, size: size) }
}
