public import Experiments

/// What a worker tells whoever started it, to be shown or logged.
public enum WorkerEvent: Sendable, Hashable {
    case registered(WorkerID)
    case claimed(WorkToken, slot: Int)
    case finished(WorkToken, TrialResult)
    case failed(WorkToken, TrialFailure)
    case gaveBack(WorkToken)
    /// The slot's first claim of a study that this worker cannot work for; it
    /// is given back, as all later ones are.
    case refused(WorkToken, reason: String)
    /// The lease was lost; what the attempt had is dropped.
    case abandoned(WorkToken)
    /// The store did not answer, or refused; the worker tries again.
    case storeFailed(String)
}
