public import Experiments
import Foundation
public import TestSupport
public import Workers

/// One study from its first proposal to its end in virtual time, with the
/// product's own workers and controllers, all drawn from one seed.
public struct Simulation: Sendable {
    public let seed: UInt64
    public var options: SimulationOptions
    /// What the store does not obey.
    public var mutant: StoreRule?
    /// Whether the history is kept, to be repeated on another store.
    public var isRecording = false
    /// Told of each call as the store answers it, at its time in seconds.
    public var trace: (@Sendable (Double, StoreCall, StoreAnswer) -> Void)?
    /// How long a unit of work takes, in seconds; nil is at random.
    public var duration: (@Sendable (EngineRequest) -> Double)?

    public init(seed: UInt64, options: SimulationOptions? = nil, without mutant: StoreRule? = nil) {
        self.seed = seed
        self.options = options ?? SimulationOptions(seed: seed)
        self.mutant = mutant
    }

    /// What came of it.
    public struct Outcome: Sendable {
        /// The rule that was broken, if one was.
        public var violation: String?
        public var stored: StoredStudy?
        public var record: StudyRecord
        public var attempts: Int
        public var faults: FaultCounts
        /// Virtual time to the study's completion.
        public var seconds: Double
        /// Slots' seconds in which a trial was trained.
        public var busySeconds: Double
        /// The longest time without progress after the storm, in seconds.
        public var longestStall: Double
        public var history: [History]
    }

    /// One entry of the history, in the order in which the store saw them.
    public struct History: Sendable, Hashable {
        public var seconds: Double
        /// Nil is a restart of the store.
        public var call: StoreCall?
        public var answer: StoreAnswer
    }

    /// Runs the study.
    public func run(_ study: Study) -> Outcome {
        let folder = DataFolder()
        defer { folder.remove() }
        let run = Run(self, study, dataFolder: folder.path)
        return run.outcome()
    }

    /// Where workers keep the folders of their trials: in memory, if there is
    /// a place.
    private struct DataFolder {
        let path: String

        init() {
            let memory = FileManager.default.isWritableFile(atPath: "/dev/shm")
            let base = memory ? "/dev/shm" : FileManager.default.temporaryDirectory.path
            path = "\(base)/peftsearch-simulation-\(UUID().uuidString)"
        }

        func remove() { try? FileManager.default.removeItem(atPath: path) }
    }
}
