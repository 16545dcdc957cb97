/// A trial's configuration trained again to the last rung from another seed.
///
/// It belongs to its trial: it is no trial of the study, counts in no budget,
/// and no strategy sees it.
public struct Replicate: Sendable, Hashable {
    /// From 1 within the trial.
    public var number: Int
    /// Seeds initialisation and dropout; in 0 ... 2^53 - 1.
    public var seed: UInt64
    /// Sorted by name; empty until it is finished.
    public var measurements: [Measurement]
    /// Where the attempt that won ran; nil until it is finished.
    public var computeClass: String?
    /// Why there are no measurements and never will be. The trial stays done.
    public var failure: TrialFailure?

    /// A replicate as it is stored; as given alone it is outstanding.
    public init(
        number: Int, seed: UInt64, measurements: [Measurement] = [], computeClass: String? = nil,
        failure: TrialFailure? = nil
    ) {
        self.number = number
        self.seed = seed
        self.measurements = measurements
        self.computeClass = computeClass
        self.failure = failure
    }

    /// Whether it is finished or has failed for good.
    public var hasEnded: Bool { computeClass != nil || failure != nil }

    /// A measurement, nil where there is none of that name.
    public func value(of metric: String) -> Double? {
        measurements.first { $0.name == metric }?.value
    }
}

/// A replicate that the controller asks for.
public struct RequestedReplicate: Sendable, Hashable {
    /// Of the trial, which is done and was not derived from another.
    public var trial: Int
    /// See `Replicate`.
    public var number: Int
    /// See `Replicate`.
    public var seed: UInt64

    /// A request for one training.
    public init(trial: Int, number: Int, seed: UInt64) {
        self.trial = trial
        self.number = number
        self.seed = seed
    }
}
