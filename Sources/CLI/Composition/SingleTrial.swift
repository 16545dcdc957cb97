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
    /// What an engine is told; it decides nothing.
    var number = 0
    /// The last rung that it is trained to; nil is the study's.
    var lastRung: Int?
    /// Trains as this replicate of the trial, in one go; nil is the trial.
    var replicate: Int?
    /// The share of its steps that are run.
    var budget = 1.0
    /// The most validation examples that it is measured on; nil is all.
    var validationLimit: Int?
    /// Whether the trained model is measured on the test split as well.
    var measuresTest = false
    /// What follows from it and is measured on the test split, too.
    var testedDerived: [JSON] = []
    /// Told what the training says of itself.
    var observe: @Sendable (Report) -> Void = { _ in }

    /// What came of it.
    struct Outcome: Sendable {
        /// At each rung, ascending; of a replicate at the last alone.
        var trained: [TrialResult] = []
        /// On the test split.
        var tested: TrialResult?
        /// On the test split, by the derived configuration.
        var testedDerived: [JSON: TrialResult] = [:]
        /// Why there is no more.
        var failure: TrialFailure?

        /// At the last rung, and on the test split.
        var result: TrialResult {
            get throws {
                if let failure { throw failure }
                guard var result = trained.last else { throw CancellationError() }
                result.measurements += tested?.measurements ?? []
                result.measurements.sort { $0.name < $1.name }
                return result
            }
        }
        /// At the rungs below the last, ascending.
        var rungs: ArraySlice<TrialResult> { trained.dropLast() }
    }

    /// - Throws: the `TrialFailure` of its only attempt.
    func run() async throws -> TrialResult { try await run { outcome, _ in try outcome.result } }

    /// The same, with what `body` makes of the outcome while the trained tensors
    /// are still there.
    /// - Parameter body: gets the folder where they lie by their hash.
    func run<Value: Sendable>(
        _ body: (Outcome, _ artifactFolder: String) throws -> Value
    ) async throws -> Value {
        let folder = "\(dataFolder)/train-\(getpid())-\(seed)"
        try? FileManager.default.removeItem(atPath: folder)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let settings = WorkerSettings(
            slots: 1, dataFolder: folder, finishedFolder: "\(dataFolder)/artifacts",
            statesFolder: "\(dataFolder)/states", budget: budget,
            validationLimit: validationLimit, program: PEFTSearch.version,
            // Nobody else could take it over.
            leaseSeconds: 86_400,
            environment: ProcessInfo.processInfo.environment)
        return try body(try await outcome(of: SingleTrialQueue(self), settings), "\(folder)/artifacts")
    }

    private func outcome(
        of queue: SingleTrialQueue, _ settings: WorkerSettings
    ) async throws -> Outcome {
        let worker = Worker(queue: queue, settings: settings) { event in
            if case .refused(_, let reason) = event { queue.refuse(because: reason) }
        }
        return try await withThrowingTaskGroup(of: Outcome?.self) { group in
            group.addTask {
                try await worker.run()
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
