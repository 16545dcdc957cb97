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

    /// - Throws: the `TrialFailure` of its only attempt.
    func run() async throws -> TrialResult { try await run { result, _ in result } }

    /// The same, with what `body` makes of the result while the trained tensors
    /// are still there.
    /// - Parameter body: gets the folder where they lie by their hash.
    func run<Outcome: Sendable>(
        _ body: (TrialResult, _ artifactFolder: String) throws -> Outcome
    ) async throws -> Outcome {
        let token = WorkToken(study: 0, trial: 0, rung: 0, purpose: .train, attempt: 1)
        let folder = "\(dataFolder)/train-\(getpid())-\(seed)"
        try? FileManager.default.removeItem(atPath: folder)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let queue = SingleTrialQueue(
            Claim(token: token, study: study, seed: seed, configuration: configuration, artifact: nil),
            measuresTest: measuresTest)
        let settings = WorkerSettings(
            slots: 1, dataFolder: folder, finishedFolder: "\(dataFolder)/artifacts",
            statesFolder: "\(dataFolder)/states", budget: budget,
            validationLimit: validationLimit,
            environment: ProcessInfo.processInfo.environment)
        return try body(try await result(of: queue, settings), "\(folder)/artifacts")
    }

    private func result(
        of queue: SingleTrialQueue, _ settings: WorkerSettings
    ) async throws -> TrialResult {
        try await withThrowingTaskGroup(of: TrialResult?.self) { group in
            group.addTask {
                try await Worker(queue: queue, settings: settings).run()
                return nil
            }
            group.addTask { try await queue.result() }
            defer { group.cancelAll() }
            while let result = try await group.next() {
                if let result { return result }
            }
            throw CancellationError()
        }
    }
}

/// A queue of one trial that is claimed once, or once more for its test split.
private actor SingleTrialQueue: TrialQueue {
    private var claim: Claim?
    private var testClaim: Claim?
    private var trained: TrialResult?
    private let outcomes: AsyncStream<Result<TrialResult, TrialFailure>>
    private let outcome: AsyncStream<Result<TrialResult, TrialFailure>>.Continuation

    init(_ claim: Claim, measuresTest: Bool) {
        self.claim = claim
        if measuresTest {
            testClaim = claim
            testClaim?.token.purpose = .test
        }
        (outcomes, outcome) = AsyncStream.makeStream()
    }

    func result() async throws -> TrialResult {
        for await outcome in outcomes { return try outcome.get() }
        throw CancellationError()
    }

    func register(_ worker: WorkerDescription) -> WorkerID { "train" }

    func claim(
        worker: WorkerID, study: StudyID?, except refused: Set<StudyID>, leaseSeconds: Double
    ) -> Claim? {
        defer { claim = nil }
        return claim
    }

    func renew(_ token: WorkToken, leaseSeconds: Double, reports: [Report]) {}

    func finish(_ token: WorkToken, with result: TrialResult) {
        if let trained {
            var whole = trained
            whole.measurements = (whole.measurements + result.measurements).sorted { $0.name < $1.name }
            outcome.yield(.success(whole))
        } else if var next = testClaim {
            trained = result
            next.artifact = result.artifact
            claim = next
        } else {
            outcome.yield(.success(result))
        }
    }

    func fail(_ token: WorkToken, because failure: TrialFailure) { outcome.yield(.failure(failure)) }

    func giveBack(_ token: WorkToken) { outcome.finish() }
}
