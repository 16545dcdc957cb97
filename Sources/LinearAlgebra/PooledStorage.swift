/// The block of memory behind one or more equal matrices.
///
/// Sendable because it is written only while one matrix alone refers to it,
/// hence by one thread.
final class PooledStorage<Element: BitwiseCopyable>: @unchecked Sendable {
    let base: UnsafeMutablePointer<Element>
    /// Rows for which there is room.
    let rows: Int
    private let size: Int

    /// Aligned for the widest vector loads; uninitialised.
    ///
    /// Beyond 16 rows there is room for whole sixteens of them, so that
    /// products need no code for what is left over (`ProductCall.rows`).
    init(rows: Int, columns: Int) {
        self.rows = rows > 16 ? (rows + 15) / 16 * 16 : rows
        let count = self.rows * columns
        let block = BufferPool.shared.allocate(count * MemoryLayout<Element>.stride)
        base = block.base.bindMemory(to: Element.self, capacity: max(count, 1))
        size = block.size
    }

    deinit { BufferPool.shared.release(base, size: size) }
}
