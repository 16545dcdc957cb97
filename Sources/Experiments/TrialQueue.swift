/// What a worker needs of a store: work to claim, and fenced writes.
///
/// Every write after a claim carries the claim's `WorkToken`. A write whose
/// attempt is no longer the running one throws `StoreError.fenced`: the worker
/// stops the trainer, drops the result and claims anew. A write that was
/// already made by the same attempt succeeds again without effect, so a call
/// whose reply was lost is simply repeated.
public protocol TrialQueue: Sendable {
    /// Makes a worker known; each process start is a worker of its own.
    func register(_ worker: WorkerDescription) async throws -> WorkerID
    /// Says that a worker lives, or that it ends.
    /// - Returns: whether it is to finish what it runs and to claim nothing more;
    ///   nothing more is granted to it then.
    /// - Throws: `StoreError.fenced` of a worker that the store does not know.
    func checkIn(_ worker: WorkerID, isLeaving: Bool) async throws -> Bool
    /// The next ready unit of work, leased to the worker, with the attempt
    /// counted; nil when none is ready. A request that already holds a lease is
    /// given that one again, renewed.
    func claim(_ request: ClaimRequest) async throws -> Claim?
    /// Renews the lease and stores reports in the same statement, so that a
    /// fenced worker can add none.
    func renew(_ token: WorkToken, leaseSeconds: Double, reports: [Report]) async throws
    /// Stores the result with what was derived from it and ends the trial, or
    /// below the study's last rung lets it wait there, in one transaction. A
    /// replicate's measurements are its own and leave the trial as it is. The
    /// result's record stays with the attempt.
    func finish(_ token: WorkToken, with result: TrialResult) async throws
    /// `finish` and then `claim`, in one transaction: short trials cost one
    /// commit each.
    func finish(
        _ token: WorkToken, with result: TrialResult, thenClaim request: ClaimRequest
    ) async throws -> Claim?
    /// Ends the attempt; the trial is ready again (after a back-off) or
    /// failed, as the reason and the limits say.
    func fail(_ token: WorkToken, because failure: TrialFailure) async throws
    /// Ends the attempt without counting it against the trial.
    func giveBack(_ token: WorkToken) async throws
}

extension TrialQueue {
    public func finish(
        _ token: WorkToken, with result: TrialResult, thenClaim request: ClaimRequest
    ) async throws -> Claim? {
        try await finish(token, with: result)
        return try await claim(request)
    }
}

/// 128 random bits in hexadecimal, made by the store at registration.
public typealias WorkerID = String

public struct WorkerDescription: Sendable, Hashable {
    public var host: String
    public var processIdentifier: Int
    public var slots: Int
    /// Its version of this program; nil of an older release.
    public var program: String?
    /// The part of its compute class that does not depend on a study; nil of an
    /// older release.
    public var computeClass: String?

    public init(
        host: String, processIdentifier: Int, slots: Int, program: String? = nil, computeClass: String? = nil
    ) {
        self.host = host
        self.processIdentifier = processIdentifier
        self.slots = slots
        self.program = program
        self.computeClass = computeClass
    }
}

public enum WorkPurpose: String, Sendable, Hashable, CaseIterable {
    /// Train to a rung and measure.
    case train
    /// Measure a finished trial on the test split.
    case test
    /// Train a finished trial's configuration again, from another seed.
    case replicate
}

/// One try at one unit of work; `attempt` is the fencing token.
public struct WorkToken: Sendable, Hashable {
    public var study: StudyID
    public var trial: Int
    /// Of a replicate, which always trains to the last rung, its number.
    public var rung: Int
    public var purpose: WorkPurpose
    public var attempt: Int

    public init(study: StudyID, trial: Int, rung: Int, purpose: WorkPurpose, attempt: Int) {
        self.study = study
        self.trial = trial
        self.rung = rung
        self.purpose = purpose
        self.attempt = attempt
    }
}

/// A leased unit of work with all that it depends on.
public struct Claim: Sendable, Hashable {
    public var token: WorkToken
    /// The resolved study.
    public var study: Study
    public var seed: UInt64
    public var configuration: JSON
    /// SHA-256 of the trained tensors, for `test`.
    public var artifact: String?
    /// What a derived trial's tensors follow from; nil for one that trains.
    public var origin: TensorOrigin?

    public init(
        token: WorkToken, study: Study, seed: UInt64, configuration: JSON, artifact: String?,
        origin: TensorOrigin? = nil
    ) {
        self.token = token
        self.study = study
        self.seed = seed
        self.configuration = configuration
        self.artifact = artifact
        self.origin = origin
    }
}

/// The trained tensors from which those of a derived trial follow.
public struct TensorOrigin: Sendable, Hashable {
    /// Of the parent: canonical.
    public var configuration: JSON
    /// SHA-256 of the parent's trained tensors.
    public var artifact: String?

    /// The parent's record.
    public init(configuration: JSON, artifact: String?) {
        self.configuration = configuration
        self.artifact = artifact
    }
}

/// What a finished unit of work leaves.
public struct TrialResult: Sendable, Hashable {
    public var measurements: [Measurement]
    public var computeClass: String
    /// SHA-256 of the trained tensors' file, where the engine keeps one.
    public var artifact: String?
    /// What followed from the trained tensors without training.
    public var derived: [DerivedResult]
    /// The course of the training from its first step; nil of a command, and
    /// where nothing was trained.
    public var trace: TrainingTrace?
    /// What the attempt was made with, as its worker knows it.
    public var record: AttemptRecord?

    public init(
        measurements: [Measurement], computeClass: String, artifact: String? = nil,
        derived: [DerivedResult] = [], trace: TrainingTrace? = nil, record: AttemptRecord? = nil
    ) {
        self.trace = trace
        self.record = record
        self.measurements = measurements
        self.computeClass = computeClass
        self.artifact = artifact
        self.derived = derived
    }
}

/// A configuration whose tensors follow from a trained one's, measured like a
/// trial.
public struct DerivedResult: Sendable, Hashable {
    /// Canonical.
    public var configuration: JSON
    /// How it follows: `low-rank updates cut to a quarter of their rank`.
    public var method: String
    public var measurements: [Measurement]
    /// SHA-256 of its tensors' file.
    public var artifact: String

    public init(configuration: JSON, method: String, measurements: [Measurement], artifact: String) {
        self.configuration = configuration
        self.method = method
        self.measurements = measurements
        self.artifact = artifact
    }
}

/// Why the store refused.
public enum StoreError: Error, Sendable, Hashable {
    /// The caller no longer holds what it writes to.
    case fenced
    /// A study of that name is stored with another identity; the differences,
    /// one a line.
    case studyDiffers([String])
    /// The study is no longer stored: somebody deleted it meanwhile.
    case studyDeleted
    /// The database cannot be reached or went away; trying again may help.
    case unreachable(String)
    /// The database does not let us in: a wrong password, no such database or
    /// role, no right to do this. Trying again does not help; its owner can.
    case denied(String)
    /// The database answered with an error that trying again does not mend.
    case refused(String)
}
