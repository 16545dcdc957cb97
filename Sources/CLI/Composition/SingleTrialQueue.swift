import Experiments
import Synchronization
import Workers

/// A queue of one trial's units of work, one after the other.
actor SingleTrialQueue: TrialQueue {
    private struct Unit {
        var rung: Int
        var purpose: WorkPurpose
        /// The configuration that followed from the trial, if it is that one.
        var derived: JSON?
    }

    private let trial: SingleTrial
    private var waiting: [Unit]
    private var current: Unit?
    private var outcome = SingleTrial.Outcome()
    private nonisolated let refusal = Mutex<String?>(nil)
    private let outcomes: AsyncStream<SingleTrial.Outcome>
    private let end: AsyncStream<SingleTrial.Outcome>.Continuation

    init(_ trial: SingleTrial) {
        self.trial = trial
        let last = trial.lastRung ?? trial.study.search.rungs.count - 1
        waiting =
            trial.replicate.map { [Unit(rung: $0, purpose: .replicate)] }
            ?? (0...last).map { Unit(rung: $0, purpose: .train) }
        if trial.measuresTest { waiting.append(Unit(rung: last, purpose: .test)) }
        waiting += trial.testedDerived.map { Unit(rung: last, purpose: .test, derived: $0) }
        (outcomes, end) = AsyncStream.makeStream()
    }

    func result() async throws -> SingleTrial.Outcome {
        for await outcome in outcomes { return outcome }
        if let reason = refusal.withLock({ $0 }) {
            throw InputError("study \(trial.study.name)", reason: reason)
        }
        throw CancellationError()
    }

    /// Notes why its only worker will not have it.
    nonisolated func refuse(because reason: String) { refusal.withLock { $0 = reason } }

    func register(_ worker: WorkerDescription) -> WorkerID { "train" }

    func checkIn(_ worker: WorkerID, isLeaving: Bool) -> Bool { false }

    func claim(_ request: ClaimRequest) -> Claim? {
        guard current == nil, !waiting.isEmpty else { return nil }
        let unit = waiting.removeFirst()
        current = unit
        let trained = outcome.trained.last
        let token = WorkToken(
            study: 0, trial: trial.number, rung: unit.rung, purpose: unit.purpose, attempt: 1)
        guard let derived = unit.derived else {
            return Claim(
                token: token, study: trial.study, seed: trial.seed, configuration: trial.configuration,
                artifact: trained?.artifact)
        }
        return Claim(
            token: token, study: trial.study, seed: trial.seed, configuration: derived,
            artifact: trained?.derived.first { $0.configuration == derived }?.artifact,
            origin: TensorOrigin(configuration: trial.configuration, artifact: trained?.artifact))
    }

    func renew(_ token: WorkToken, leaseSeconds: Double, reports: [Report]) {
        if let report = reports.last { trial.observe(report) }
    }

    func finish(_ token: WorkToken, with result: TrialResult) {
        if let derived = current?.derived {
            outcome.testedDerived[derived] = result
        } else if current?.purpose == .test {
            outcome.tested = result
        } else {
            outcome.trained.append(result)
        }
        current = nil
        if waiting.isEmpty { end.yield(outcome) }
    }

    func fail(_ token: WorkToken, because failure: TrialFailure) {
        outcome.failure = failure
        end.yield(outcome)
    }

    func giveBack(_ token: WorkToken) { end.finish() }
}
