public import Experiments

/// What a worker tells whoever started it, to be shown or logged.
public enum WorkerEvent: Sendable, Hashable {
    case registered(WorkerID)
    case claimed(WorkToken, slot: Int)
    case finished(WorkToken, TrialResult)
    case failed(WorkToken, TrialFailure)
    case gaveBack(WorkToken)
    /// The worker's first claim of a study that it cannot work for; it is given
    /// back, and no more of the study are asked for.
    case refused(WorkToken, reason: String)
    /// No folder can be made for the trial, as on a disk that became read-only;
    /// it is given back. Told once, until there is a folder again.
    case noFolder(WorkToken, reason: String)
    /// The lease was lost; what the attempt had is dropped.
    case abandoned(WorkToken)
    /// Nothing was to do for so long; the worker ends.
    case idle(Duration)
    /// Whether there is room on the disk to claim more.
    case disk(DiskFloor.Change)
    /// What runs is finished, and nothing more is claimed.
    case draining
    /// The store did not answer, or refused; the worker tries again.
    case storeFailed(String)
}
