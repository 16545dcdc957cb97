/// How long a worker waits for a trainer.
public struct Patience: Sendable, Hashable {
    /// From SIGTERM to SIGKILL when a trainer fails or runs too long.
    public var grace: Duration
    /// From SIGTERM to SIGKILL when the worker itself is to end.
    public var shutdownGrace: Duration
    /// The longest attempt; nil is no limit.
    public var wallTimeLimit: Duration?

    public init(
        grace: Duration = .seconds(30), shutdownGrace: Duration = .seconds(5), wallTimeLimit: Duration? = nil
    ) {
        self.grace = grace
        self.shutdownGrace = shutdownGrace
        self.wallTimeLimit = wallTimeLimit
    }

    /// Nothing for a lost lease: another worker may start on the trial now.
    package func grace(for reason: StopReason) -> Duration {
        switch reason {
        case .leaseLost: .zero
        case .shutdown: min(grace, shutdownGrace)
        case .timedOut, .failed: grace
        }
    }
}
