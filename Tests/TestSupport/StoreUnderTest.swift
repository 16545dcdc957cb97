public import Experiments
import Foundation
public import Testing

/// A store and a queue over the same state, empty, with a clock that the test
/// moves.
public struct StoreUnderTest: Sendable {
    public let store: any StudyStore
    public let queue: any TrialQueue
    /// Lets seconds pass for leases, back-offs and the control of studies.
    public let advance: @Sendable (Double) async throws -> Void

    public init(
        store: any StudyStore, queue: any TrialQueue,
        advance: @escaping @Sendable (Double) async throws -> Void
    ) {
        self.store = store
        self.queue = queue
        self.advance = advance
    }
}

/// One thing that every implementation does, checked on an empty store.
public struct ConformanceRule: Sendable, CustomTestStringConvertible {
    public let testDescription: String
    public let check: @Sendable (StoreUnderTest) async throws -> Void

    public init(_ description: String, _ check: @escaping @Sendable (StoreUnderTest) async throws -> Void) {
        testDescription = description
        self.check = check
    }
}

extension StoreUnderTest {
    /// A lease so short that any `advance` ends it.
    public static let shortLease = 0.05

    /// A stored study with `trials` proposed trials, and the epoch held.
    public func studyWithTrials(
        _ trials: Int, name: String = "sample", rungs: [Double] = [1]
    ) async throws -> (study: StoredStudy, epoch: Int) {
        let study = try await store.create(.sample(name: name, rungs: rungs))
        let epoch = try #require(try await store.control(study.id, epoch: nil, seconds: 60))
        try await store.propose((0..<trials).map { ProposedTrial.sample($0) }, to: study.id, epoch: epoch)
        return (study, epoch)
    }

    /// A worker process that just started.
    public func newWorker() async throws -> WorkerID {
        try await queue.register(WorkerDescription(host: "test", processIdentifier: 1, slots: 1))
    }

    /// Work that must be ready.
    public func claim(as worker: WorkerID, leaseSeconds: Double = 60) async throws -> Claim {
        try #require(
            try await queue.claim(worker: worker, study: nil, except: [], leaseSeconds: leaseSeconds))
    }

    /// Trial 0 of the only study.
    public func firstTrial() async throws -> Trial {
        let study = try #require(try await store.studies().first)
        return try #require(try await store.trials(of: study.id).first)
    }
}

extension TrialQueue {
    /// A request that was not made before.
    public func claim(
        worker: WorkerID, study: StudyID?, except refused: Set<StudyID>, leaseSeconds: Double
    ) async throws -> Claim? {
        try await claim(
            ClaimRequest(
                worker: worker, study: study, except: refused, leaseSeconds: leaseSeconds, mark: UUID()))
    }

    /// Of any study of which no worker thinks it could not run it.
    public func claim(worker: WorkerID, study: StudyID?, leaseSeconds: Double) async throws -> Claim? {
        try await claim(worker: worker, study: study, except: [], leaseSeconds: leaseSeconds)
    }
}

extension Study {
    /// A study of a command engine: no files are needed.
    public static func sample(
        name: String = "sample", seed: UInt64 = 7, trials: Int = 64, rungs: [Double] = [1]
    ) -> Study {
        Study(
            name: name, seed: seed, model: nil, task: nil, data: nil,
            objectives: [Objective(metric: "accuracy", direction: .maximize)], constraints: [],
            space: SearchSpace(
                meaning: .literal,
                parameters: [Parameter(name: "rank", domain: .integer(lower: 1, upper: 64, scale: .log2))]),
            search: SearchSettings(
                strategy: "random", version: 1, trials: trials, parallelism: 4, rungs: rungs),
            engine: .command(["true"]))
    }
}

extension ProposedTrial {
    /// With numbers that only an exact store gives back.
    public static func sample(_ number: Int) -> ProposedTrial {
        ProposedTrial(
            number: number, seed: .max - UInt64(number), label: number == 0 ? "first" : nil,
            assignment: ["rank": .integer(number + 1)],
            configuration: ["rank": .integer(number + 1), "learning_rate": .number(0.1 + 0.2)],
            span: VirtualSpan(start: number * 10, finish: number * 10 + 10))
    }
}

extension TrialResult {
    public static let sample = TrialResult(
        measurements: [Measurement("accuracy", 0.1 + 0.2, .deterministic, method: "validation split")],
        computeClass: "test/float32", artifact: "ab12",
        record: AttemptRecord(
            program: "1.2.3", threads: 1, inputs: "cd34", computeClass: "test/float32", artifact: "ab12",
            trace: .sample))
}

extension TrainingTrace {
    public static let sample = {
        var trace = TrainingTrace()
        for step in 0..<300 { trace.add(loss: 1 / Double(step + 1), gradientNorm: 0.1 + Double(step)) }
        return trace
    }()
}
