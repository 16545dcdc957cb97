import Synchronization

/// The wish that a worker finishes what it runs and claims nothing more. It is
/// not taken back.
public final class Drain: Sendable {
    private let requested = Mutex(false)

    public init() {}

    public var isRequested: Bool { requested.withLock { $0 } }

    /// - Returns: whether nobody had asked for it before.
    @discardableResult public func request() -> Bool {
        requested.withLock { before in
            defer { before = true }
            return !before
        }
    }
}
