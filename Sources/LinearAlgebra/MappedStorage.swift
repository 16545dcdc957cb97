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
