import Simulation
import TestSupport
import Testing

struct SimulationTests {
    @Test func `many`() throws {
        let references = References()
        var next: UInt64 = 0
        while next < 300 {
            let c = Campaign(seeds: next..<300, against: references)
            print(c.seeds, c.attempts, c.faults.counts, c.longestStall, c.virtualSeconds)
            if let f = c.failure { print("FAIL \(f)"); next = f.seed + 1 } else { break }
        }
    }
    @Test(arguments: StoreRule.allCases) func `mutants`(_ rule: StoreRule) throws {
        let c = Campaign(seeds: 0..<300, without: rule)
        print("MUTANT \(rule) \(c.failure.map { "\($0.seed): \($0.violation)" } ?? "SURVIVES")")
    }
}
