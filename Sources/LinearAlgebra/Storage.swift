/// The block of memory behind one or more equal matrices.
///
/// Sendable because it is written only while one matrix alone refers to it,
/// hence by one thread.
class Storage<Element: BitwiseCopyable>: @unchecked Sendable {
    final let base: UnsafeMutablePointer<Element>
    /// Whether the block may be written at all.
    final let isWritable: Bool

    init(base: UnsafeMutablePointer<Element>, isWritable: Bool) {
        self.base = base
        self.isWritable = isWritable
    }
}
