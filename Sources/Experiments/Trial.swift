/// The record of a trial: what the strategy proposed and what came of it.
public struct Trial: Sendable, Hashable {
    /// From 0, without gaps, within the study.
    public var number: Int
    public var state: TrialState
    /// Seeds initialisation and dropout; data order is seeded by the study.
    public var seed: UInt64
    /// The rung that it is at, or on its way to, from 0.
    public var rung: Int
    /// The trial it was derived from, without training.
    public var parent: Int?
    /// How it follows from its parent; nil where it has none.
    public var derivation: String?
    /// A named baseline: `lora_r8_qv`.
    public var label: String?
    /// What the strategy chose.
    public var assignment: Assignment
    /// The canonical configuration that it means.
    public var configuration: JSON
    /// Tries at training it so far, those given back or lost among them; tries
    /// at its test split do not count.
    public var attempts: Int
    public var failure: TrialFailure?
    /// Where the attempt that won the last rung ran; nil until it is done.
    public var computeClass: String?
    /// SHA-256 of the trained tensors' file, where the engine keeps one.
    public var artifact: String?
    /// What it was to train so far, from rung 0; never empty.
    public var rungs: [TrialRung]
    /// What followed from its tensors without training; the plan makes trials
    /// of it.
    public var derived: [DerivedResult] = []
    /// Its configuration trained again from other seeds, by number.
    public var replicates: [Replicate] = []

    public init(
        number: Int, state: TrialState, seed: UInt64, rung: Int = 0, parent: Int? = nil, label: String? = nil,
        assignment: Assignment, configuration: JSON, attempts: Int = 0, measurements: [Measurement] = [],
        failure: TrialFailure? = nil, computeClass: String? = nil, artifact: String? = nil, span: VirtualSpan
    ) {
        self.number = number
        self.state = state
        self.seed = seed
        self.rung = rung
        self.parent = parent
        self.label = label
        self.assignment = assignment
        self.configuration = configuration
        self.attempts = attempts
        self.failure = failure
        self.computeClass = computeClass
        self.artifact = artifact
        rungs = [TrialRung(span: span, measurements: measurements)]
    }

    /// What was measured at `rung`, sorted by name; empty until it is reached.
    public var measurements: [Measurement] {
        get { rungs[rungs.count - 1].measurements }
        set { rungs[rungs.count - 1].measurements = newValue }
    }

    /// When its first rung starts and finishes in virtual time.
    public var span: VirtualSpan {
        get { rungs[0].span }
        set { rungs[0].span = newValue }
    }

    /// A measurement at `rung`, nil where there is none of that name.
    public func value(of metric: String) -> Double? {
        measurements.first { $0.name == metric }?.value
    }

    /// Whether its training to a rung has ended, with measurements or without.
    public func hasEnded(at rung: Int) -> Bool {
        rung < self.rung || (rung == self.rung && (state.isFinal || state == .paused))
    }

    /// Whether it ended on the way to a rung without reaching it.
    public func hasFailed(at rung: Int) -> Bool {
        rung == self.rung && (state == .failed || state == .cancelled)
    }
}

/// A stretch of virtual time, in units of the pure cost model.
public struct VirtualSpan: Sendable, Hashable {
    public var start: Int
    /// Greater than `start`.
    public var finish: Int

    public init(start: Int, finish: Int) {
        self.start = start
        self.finish = finish
    }
}

/// A trial as the controller proposes it.
public struct ProposedTrial: Sendable, Hashable {
    public var number: Int
    public var seed: UInt64
    public var label: String?
    public var assignment: Assignment
    public var configuration: JSON
    public var span: VirtualSpan

    public init(
        number: Int, seed: UInt64, label: String?, assignment: Assignment, configuration: JSON,
        span: VirtualSpan
    ) {
        self.number = number
        self.seed = seed
        self.label = label
        self.assignment = assignment
        self.configuration = configuration
        self.span = span
    }
}

/// One try of a worker at a trial, as the database remembers it.
public struct Attempt: Sendable, Hashable {
    public var number: Int
    /// Of a replicate, which always trains to the last rung, its number.
    public var rung: Int
    public var purpose: WorkPurpose
    public var worker: String
    /// `running`, `finished`, `given_back`, `lost`, `cancelled`, or a failure's
    /// reason.
    public var outcome: String
    public var detail: String?
    public var reports: [Report]
    /// Of a finished one; nil where an older release stored it.
    public var record: AttemptRecord?

    public init(
        number: Int, rung: Int, purpose: WorkPurpose, worker: String, outcome: String, detail: String?,
        reports: [Report], record: AttemptRecord? = nil
    ) {
        self.record = record
        self.number = number
        self.rung = rung
        self.purpose = purpose
        self.worker = worker
        self.outcome = outcome
        self.detail = detail
        self.reports = reports
    }
}

/// What a running trial says of itself.
public struct Report: Sendable, Hashable {
    /// Of the attempt, ascending.
    public var step: Int
    /// Finite numbers by name: `loss`, `steps` (in all), ...
    public var metrics: [String: Double]

    public init(step: Int, metrics: [String: Double]) {
        self.step = step
        self.metrics = metrics
    }
}
