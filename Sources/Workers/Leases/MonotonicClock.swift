/// Time that only goes forward: an argument, so that decisions which depend on
/// it can be tested without waiting.
public protocol MonotonicClock: Sendable {
    /// Since a fixed but unknown instant.
    func now() -> Duration
    /// Throws when the task is cancelled.
    func sleep(for duration: Duration) async throws
}

/// The machine's own; it goes on while the machine sleeps, as the database's
/// does.
public struct SystemClock: MonotonicClock {
    private let start = ContinuousClock.now

    public init() {}

    public func now() -> Duration { ContinuousClock.now - start }

    public func sleep(for duration: Duration) async throws {
        try await Task.sleep(for: duration)
    }
}
