/// A stretch of a mapped file.
///
/// Sendable for the reason its superclass gives.
final class MappedStorage<Element: BitwiseCopyable>: Storage<Element>, @unchecked Sendable {
    private let file: MappedFile

    /// - Parameter base: of `rows` rows within the file, aligned for `Element`.
    init(_ base: UnsafePointer<Element>, rows: Int, in file: MappedFile) {
        self.file = file
        super.init(base: UnsafeMutablePointer(mutating: base), rows: rows, isWritable: false)
    }
}
