import Experiments
import Metrics
import Synchronization
import Workers

/// What a worker's metrics are made of: its events, and its calls of the queue
/// (`MeasuredQueue`).
final class WorkerMetrics: Sendable {
    let claims = Histogram(
        "peftsearch_claim_seconds", help: "Calls that ask for work, granted or not.",
        bounds: Histogram.callBounds)
    let renewals = Histogram(
        "peftsearch_lease_renewal_seconds", help: "Calls that renew a lease and store reports.",
        bounds: Histogram.callBounds)
    let results = Histogram(
        "peftsearch_result_seconds", help: "Calls that store a result, with or without the next claim.",
        bounds: Histogram.callBounds)
    private let trials = Histogram(
        "peftsearch_trial_seconds", help: "From the claim of a unit of work to its stored end.",
        bounds: Histogram.trainingBounds)
    private let outcomes = Counter(
        "peftsearch_trials_finished_total", help: "Units of work that ended here, by outcome.",
        label: "outcome",
        values: ["done", "given_back", "abandoned"]
            + TrialFailure.Reason.allCases.filter { $0 != .lost }.map(\.rawValue))
    private let errors = Counter(
        "peftsearch_store_errors_total", help: "Calls of the store that failed or were not answered.",
        label: "kind", values: ["failed"])
    private let slots: Int
    private let computeClass: String
    private let state = Mutex((running: [WorkToken: ContinuousClock.Instant](), isDraining: false))

    init(slots: Int, computeClass: String) {
        self.slots = slots
        self.computeClass = computeClass
    }

    func observe(_ event: WorkerEvent) {
        switch event {
        case .claimed(let token, _): state.withLock { $0.running[token] = .now }
        case .finished(let token, _): end(token, "done")
        case .failed(let token, let failure): end(token, failure.reason.rawValue)
        case .gaveBack(let token): end(token, "given_back")
        case .abandoned(let token): end(token, "abandoned")
        case .draining: state.withLock { $0.isDraining = true }
        case .storeFailed: errors.add("failed")
        case .registered, .refused, .noFolder, .idle, .disk: break
        }
    }

    private func end(_ token: WorkToken, _ outcome: String) {
        outcomes.add(outcome)
        guard let start = state.withLock({ $0.running.removeValue(forKey: token) }) else { return }
        trials.observe(start.duration(to: .now))
    }

    var families: [MetricFamily] {
        let (running, isDraining) = state.withLock { ($0.running.count, $0.isDraining) }
        return [
            MetricFamily(
                "peftsearch_build_info", .gauge, help: "This program.",
                [.init(1, labels: ["version": PEFTSearch.version, "compute_class": computeClass])]),
            MetricFamily("peftsearch_slots", .gauge, help: "Slots of this worker.", [.init(Double(slots))]),
            MetricFamily(
                "peftsearch_slots_free", .gauge, help: "Slots that run nothing.",
                [.init(Double(max(0, slots - running)))]),
            MetricFamily(
                "peftsearch_draining", .gauge, help: "Whether nothing more is claimed.",
                [.init(isDraining ? 1 : 0)]),
            outcomes.family, trials.family, claims.family, renewals.family, results.family, errors.family,
        ]
    }
}
