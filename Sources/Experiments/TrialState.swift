/// The life of a trial.
///
///     ready ─► running ─► done
///       ▲         ├─────► failed
///       ├─────────┘ given back, lost or crashed within the limits
///       └─ paused ◄─ running   (waits between rungs; stopped if not promoted)
///
/// One that is ready or runs when its study is stopped at once is cancelled.
///
/// Every move is made by a function in the database, on the database's clock.
public enum TrialState: String, Sendable, Hashable, CaseIterable {
    case ready, running, paused, done, stopped, failed, cancelled

    /// Whether it never changes again, unless the search goes on that was over:
    /// then a stopped or cancelled trial may go on.
    public var isFinal: Bool {
        switch self {
        case .done, .stopped, .failed, .cancelled: true
        case .ready, .running, .paused: false
        }
    }
}

/// Why a trial, or one attempt at it, did not give a result.
public struct TrialFailure: Error, Sendable, Hashable {
    public enum Reason: String, Sendable, Hashable, CaseIterable {
        /// The trainer ended without a result: a bad exit, a signal. Tried
        /// again within a limit.
        case crashed
        /// A loss or metric was not finite. A result like any other.
        case diverged
        /// The engine refuses the configuration. Not tried again.
        case invalid
        /// Machine-dependent, so it counts after two different workers.
        case timedOut = "timed_out"
        case outOfMemory = "out_of_memory"
        /// Leases ran out too often: workers died or were cut off.
        case lost

        /// Whether one such attempt ends the trial.
        public var isFinal: Bool { self == .diverged || self == .invalid }
    }

    public var reason: Reason
    /// What happened, at most 16 kB: the last lines of the trainer's log.
    public var detail: String

    public init(_ reason: Reason, _ detail: String) {
        self.reason = reason
        self.detail = detail
    }
}
