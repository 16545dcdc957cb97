import Foundation
import Simulation
import Testing

/// Prints what one seed gives, to look into what it broke:
/// `make simulate SEED=125`.
struct SeedTests {
    private static let seed = ProcessInfo.processInfo.environment["PEFTSEARCH_SIMULATED_SEED"]
        .flatMap(UInt64.init)

    @Test(.enabled("needs PEFTSEARCH_SIMULATED_SEED") { SeedTests.seed != nil })
    func `one seed, call by call`() throws {
        var simulation = Simulation(seed: try #require(Self.seed))
        simulation.trace = { time, call, answer in
            print(time, "\(call)".prefix(400), "->", "\(answer)".prefix(200))
        }
        let outcome = try simulation.run(against: References())
        print("\(simulation.options)")
        #expect(outcome.violation == nil)
    }
}
