public import Foundation

/// A wish for one unit of work: of `study`, or of any but those of `refused`;
/// replicates and tests first, then the highest rung, then the lowest number.
///
/// Whoever does not know whether it was granted, because the reply was lost,
/// makes the same request again and gets the same lease.
public struct ClaimRequest: Sendable, Hashable {
    public var worker: WorkerID
    public var study: StudyID?
    public var refused: Set<StudyID>
    /// How long the lease holds without a renewal.
    public var leaseSeconds: Double
    /// The request's own: what makes a repeated one the same.
    public var mark: UUID

    /// - Parameter mark: random for each request that is a new one.
    public init(
        worker: WorkerID, study: StudyID?, except refused: Set<StudyID> = [], leaseSeconds: Double,
        mark: UUID
    ) {
        self.worker = worker
        self.study = study
        self.refused = refused
        self.leaseSeconds = leaseSeconds
        self.mark = mark
    }
}
