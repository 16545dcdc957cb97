import Synchronization

/// Whether a folder's disk has room for new work: a full disk fails trials
/// that did nothing wrong, so nothing is begun close to it.
public final class DiskFloor: Sendable {
    /// What has changed since it was last asked.
    public enum Change: Sendable, Hashable {
        /// Fewer bytes are free than there have to be.
        case isShort(free: Double, floor: Double)
        /// There is room again.
        case hasRoom
    }

    private let floor: Double
    private let free: @Sendable () -> Double?
    private let observe: @Sendable (Change) -> Void
    private let isShort = Mutex(false)

    /// - Parameters:
    ///   - floor: bytes that have to be free.
    ///   - free: bytes that are, nil where the system does not say.
    ///   - observe: told of each change once, from whichever task found it.
    public init(
        floor: Double, free: @escaping @Sendable () -> Double?,
        observe: @escaping @Sendable (Change) -> Void
    ) {
        self.floor = floor
        self.free = free
        self.observe = observe
    }

    /// Looks.
    public func hasRoom() -> Bool {
        let bytes = free() ?? .infinity
        let isShort = bytes < floor
        let hasChanged = self.isShort.withLock { before in
            defer { before = isShort }
            return before != isShort
        }
        if hasChanged { observe(isShort ? .isShort(free: bytes, floor: floor) : .hasRoom) }
        return !isShort
    }
}
