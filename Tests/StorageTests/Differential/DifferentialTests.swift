import Simulation
import TestSupport
import Testing

@Suite(.needsPostgres)
struct DifferentialTests {
    @Test func `what simulated studies ask is answered alike by PostgreSQL`() async throws {
        try await VirtualDatabase.lend { database in
            var differential = Differential(database)
            for seed in 0..<12 as Range<UInt64> {
                var simulation = Simulation(seed: seed)
                simulation.isRecording = true
                let outcome = simulation.run(try SimulatedStudies.study(simulation.options.study))
                let difference = try await differential.difference(in: outcome.history)
                print("DIFF", seed, simulation.options.study, outcome.history.count, String((difference ?? "same").prefix(1500)))
            }
        }
    }
}
