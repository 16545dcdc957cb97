package import Experiments

/// What came of one attempt.
package enum TrainerOutcome: Sendable, Hashable {
    case finished(TrialResult)
    case failed(TrialFailure)
    /// Ended by the worker before it had a result, because the worker ends.
    case stopped
    /// Ended by the worker because the claim is no longer its own.
    case abandoned
    /// Never begun: this machine cannot work for the study, and why.
    case refused(String)
}

/// Why a worker ends a trainer.
package enum StopReason: Sendable, Hashable {
    /// The lease ran out, or the store says that another attempt runs.
    case leaseLost
    /// The worker itself is to end.
    case shutdown
    /// Longer than the limit, in seconds.
    case timedOut(Double)
    /// It said that it failed; there is nothing to wait for.
    case failed
}
