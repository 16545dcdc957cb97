/// A worker process as the store knows it.
public struct KnownWorker: Sendable, Hashable {
    public var id: WorkerID
    public var description: WorkerDescription
    /// Seconds since it last said that it lives, by the store's clock; of an
    /// older release, which says nothing, since it registered.
    public var silence: Double
    /// Whether it was asked to finish what it runs and to claim nothing more.
    public var isDraining: Bool
    /// Whether it ended in order.
    public var hasLeft: Bool
    /// What it runs, by study and trial.
    public var work: [HeldWork]

    /// A worker as given.
    public init(
        id: WorkerID, description: WorkerDescription, silence: Double, isDraining: Bool = false,
        hasLeft: Bool = false, work: [HeldWork] = []
    ) {
        self.id = id
        self.description = description
        self.silence = silence
        self.isDraining = isDraining
        self.hasLeft = hasLeft
        self.work = work
    }
}

/// A leased unit of work.
public struct HeldWork: Sendable, Hashable {
    /// By name.
    public var study: String
    public var token: WorkToken
    /// Seconds since it was claimed.
    public var seconds: Double
    /// Seconds until the lease runs out; below zero it has.
    public var remaining: Double

    /// Work as given.
    public init(study: String, token: WorkToken, seconds: Double, remaining: Double) {
        self.study = study
        self.token = token
        self.seconds = seconds
        self.remaining = remaining
    }
}
