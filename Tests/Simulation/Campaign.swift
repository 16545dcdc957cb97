import Dispatch
import Synchronization
public import TestSupport

/// Many seeds, and what came of them.
public struct Campaign: Sendable {
    public private(set) var seeds = 0
    public private(set) var attempts = 0
    public private(set) var faults = FaultCounts()
    public private(set) var longestStall = 0.0
    public private(set) var virtualSeconds = 0.0
    /// The least seed that broke a rule, and which.
    public private(set) var failure: Failure?

    /// A broken rule, with all that follows from the seed.
    public struct Failure: Sendable, CustomStringConvertible {
        public var seed: UInt64
        public var violation: String
        public var options: String

        public var description: String { "seed \(seed): \(violation) (\(options))" }
    }

    /// Runs seeds side by side, and stops soon after one has broken a rule.
    /// - Parameter threads: that are busy at once.
    public init(
        seeds: Range<UInt64>, threads: Int = 1, without mutant: StoreRule? = nil,
        against references: References = References()
    ) {
        let shared = Mutex((campaign: Campaign(), next: seeds.lowerBound))
        DispatchQueue.concurrentPerform(iterations: max(1, threads)) { _ in
            while true {
                let seed = shared.withLock { shared -> UInt64? in
                    guard shared.next < seeds.upperBound, shared.campaign.failure == nil else { return nil }
                    defer { shared.next += 1 }
                    return shared.next
                }
                guard let seed else { return }
                let simulation = Simulation(seed: seed, without: mutant)
                let outcome = Result { try simulation.run(against: references) }
                shared.withLock { $0.campaign.add(outcome, of: simulation) }
            }
        }
        self = shared.withLock { $0.campaign }
    }

    private init() {}

    /// What came of it, a figure a line.
    public var table: String {
        let figures = [
            ("seeds", "\(seeds)"), ("attempts", "\(attempts)"),
            ("virtual hours", "\(Int(virtualSeconds / 3600))"),
            ("longest time without progress after a storm, s", "\(longestStall)"),
        ]
        let kinds = FaultCounts.Kind.allCases.map { ($0.rawValue, "\(faults.counts[$0] ?? 0)") }
        return (figures + kinds).map { "| \($0) | \($1) |" }.joined(separator: "\n")
    }

    private mutating func add(_ outcome: Result<Simulation.Outcome, any Error>, of simulation: Simulation) {
        seeds += 1
        let violation: String?
        switch outcome {
        case .success(let outcome):
            violation = outcome.violation
            attempts += outcome.attempts
            faults = faults + outcome.faults
            longestStall = max(longestStall, outcome.longestStall)
            virtualSeconds += outcome.seconds
        case .failure(let error): violation = "\(error)"
        }
        guard let violation, failure?.seed ?? .max > simulation.seed else { return }
        failure = Failure(
            seed: simulation.seed, violation: violation, options: "\(simulation.options)")
    }
}
