/// The limits within which failed work is tried again; stored in the database,
/// where every worker's failures are judged by them.
public struct RetryPolicy: Sendable, Hashable {
    /// Attempts that may crash under a live worker before the trial fails.
    public var crashes = 3
    /// Leases that may run out before the trial fails, provided that ...
    public var losses = 8
    /// ... as many different workers lost it.
    public var lossWorkers = 3
    /// Different workers that must time out, or run out of memory.
    public var machineFailureWorkers = 2
    /// Time-outs after which the trial fails though no other worker tried it.
    public var machineFailures = 5
    /// Seconds before the second try; doubled for each further one.
    public var backoff = 1.0
    /// The longest back-off, in seconds.
    public var backoffLimit = 60.0

    public init() {}
}
