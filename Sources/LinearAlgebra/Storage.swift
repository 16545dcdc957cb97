/// The block of memory behind one or more equal matrices.
///
/// Sendable because it is written only while one matrix alone refers to it,
/// hence by one thread.
class Storage<Element: BitwiseCopyable>: @unchecked Sendable {
    final let base: UnsafeMutablePointer<Element>
    /// Rows for which there is room.
    final let rows: Int
    /// Whether the block may be written at all.
    final let isWritable: Bool

    init(base: UnsafeMutablePointer<Element>, rows: Int, isWritable: Bool) {
        self.base = base
        self.rows = rows
        self.isWritable = isWritable
    }

    /// Puts a copy of `rows` rows in place of a block that something else refers
    /// to, or that may not be written.
    @inline(__always)
    static func makeWritable(_ storage: inout Storage, rows: Int, columns: Int) {
        guard !isKnownUniquelyReferenced(&storage) || !storage.isWritable else { return }
        let copy = PooledStorage<Element>(rows: rows, columns: columns)
        copy.base.update(from: storage.base, count: rows * columns)
        storage = copy
    }
}
