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
}
