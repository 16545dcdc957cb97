import Experiments
import Foundation
import Workers

/// One trial without a store: a worker is given a queue that holds just this
/// trial, so it is trained exactly as in a study, by any engine.
struct SingleTrial: Sendable {
    let study: Study
    let configuration: JSON
    let seed: UInt64
    let dataFolder: String
    /// The share of its steps that are run.
    var budget = 1.0
    /// The most validation examples that it is measured on; nil is all.
    var validationLimit: Int?
    /// Whether the trained model is measured on the test split as well.
    var measuresTest = false

    /// What came of it.
    struct Outcome: Sendable {
        /// At the last rung, and on the test split.
        var result: TrialResult
        /// At the rungs below the last, ascending.
        var rungs: [TrialResult]

        fileprivate init(of units: [(token: WorkToken, result: TrialResult)]) {
            let trained = units.filter { $0.token.purpose == .train }.map(\.result)
            rungs = trained.dropLast()
            result = trained.last!
            let tested = units.filter { $0.token.purpose == .test }.flatMap(\.result.measurements)
            result.measurements = (result.measurements + tested).sorted { $0.name < $1.name }
        }
    }

    /// - Throws: the `TrialFailure` of its only attempt.
    func run() async throws -> TrialResult { try await run { outcome, _ in outcome.result } }

    /// The same, with what `body` makes of the result while the trained tensors
    /// are still there.
    /// - Parameter body: gets the folder where they lie by their hash.
    func run<Value: Sendable>(
        _ body: (Outcome, _ artifactFolder: String) throws -> Value
    ) async throws -> Value {
        let folder = "\(dataFolder)/train-\(getpid())-\(seed)"
        try? FileManager.default.removeItem(atPath: folder)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let units = study.search.rungs.indices.map { ($0, WorkPurpose.train) }
        let test = measuresTest ? [(units.count - 1, WorkPurpose.test)] : []
        let queue = SingleTrialQueue(
            (units + test).map { rung, purpose in
                Claim(
                    token: WorkToken(study: 0, trial: 0, rung: rung, purpose: purpose, attempt: 1),
                    study: study, seed: seed, configuration: configuration, artifact: nil)
            })
        let settings = WorkerSettings(
            slots: 1, dataFolder: folder, finishedFolder: "\(dataFolder)/artifacts",
            statesFolder: "\(dataFolder)/states", budget: budget,
            validationLimit: validationLimit,
            environment: ProcessInfo.processInfo.environment)
        return try body(try await outcome(of: queue, settings), "\(folder)/artifacts")
    }

    private func outcome(
        of queue: SingleTrialQueue, _ settings: WorkerSettings
    ) async throws -> Outcome {
        try await withThrowingTaskGroup(of: Outcome?.self) { group in
            group.addTask {
                try await Worker(queue: queue, settings: settings).run()
                return nil
            }
            group.addTask { try await queue.result() }
            defer { group.cancelAll() }
            while let outcome = try await group.next() {
                if let outcome { return outcome }
            }
            throw CancellationError()
        }
    }
}

/// A queue of one trial's units of work, one after the other.
private actor SingleTrialQueue: TrialQueue {
    private var waiting: [Claim]
    private var isReady = true
    private var results: [(token: WorkToken, result: TrialResult)] = []
    private let outcomes: AsyncStream<Result<SingleTrial.Outcome, TrialFailure>>
    private let outcome: AsyncStream<Result<SingleTrial.Outcome, TrialFailure>>.Continuation

    init(_ units: [Claim]) {
        waiting = units
        (outcomes, outcome) = AsyncStream.makeStream()
    }

    func result() async throws -> SingleTrial.Outcome {
        for await outcome in outcomes { return try outcome.get() }
        throw CancellationError()
    }

    func register(_ worker: WorkerDescription) -> WorkerID { "train" }

    func claim(_ request: ClaimRequest) -> Claim? {
        guard isReady, !waiting.isEmpty else { return nil }
        isReady = false
        return waiting.removeFirst()
    }

    func renew(_ token: WorkToken, leaseSeconds: Double, reports: [Report]) {}

    func finish(_ token: WorkToken, with result: TrialResult) {
        results.append((token, result))
        if waiting.isEmpty {
            outcome.yield(.success(SingleTrial.Outcome(of: results)))
        } else {
            waiting[0].artifact = result.artifact
            isReady = true
        }
    }

    func fail(_ token: WorkToken, because failure: TrialFailure) { outcome.yield(.failure(failure)) }

    func giveBack(_ token: WorkToken) { outcome.finish() }
}
