import Simulation
import Testing

struct SimulationTests {
    @Test func `one`() throws {
        let references = References()
        for seed in 0..<20 as Range<UInt64> {
            let outcome = try Simulation(seed: seed).run(against: references)
            print(seed, outcome.violation ?? "ok", outcome.attempts, outcome.seconds)
        }
    }
}
