public import Experiments

/// What trains within a slot process.
public protocol TrialEngine {
    /// Trains and measures, blocking until done.
    ///
    /// `report` sends a curve's next point. `exclusively` runs its body while
    /// nothing else of this worker computes, for times that are measured.
    /// Throws a `TrialFailure`, or any other error, which counts as a crash.
    func run(
        _ request: EngineRequest, report: (Report) -> Void, exclusively: (() throws -> Void) throws -> Void
    ) throws -> TrialResult
}
