import Experiments
import Simulation
import TestSupport
import Testing

@Suite(.needsPostgres)
struct DifferentialTests {
    @Test func `what simulated studies ask is answered alike by PostgreSQL`() async throws {
        try await VirtualDatabase.lend { database in
            var differential = Differential(database)
            for seed in 0..<12 as Range<UInt64> {
                let difference = try await differential.difference(in: Self.history(seed))
                #expect(difference == nil, "seed \(seed): \(difference ?? "") (\(SimulationOptions(seed: seed)))")
            }
        }
    }

    static func history(_ seed: UInt64) throws -> [Simulation.History] {
        var simulation = Simulation(seed: seed)
        simulation.isRecording = true
        return simulation.run(try SimulatedStudies.study(simulation.options.study)).history
    }

    @Test func `mutants`() async throws {
        try await VirtualDatabase.lend { database in
            var differential = Differential(database)
            let histories = try (0..<60 as Range<UInt64>).map { try Self.history($0) }
            for mutant in SQLMutant.ofWorkers + SQLMutant.ofLimits + SQLMutant.ofControllers {
                try await mutant.withoutRule(in: database.client) {
                    let before = differential.calls
                    for (seed, history) in histories.enumerated() {
                        if let difference = try await differential.difference(in: history) {
                            print("SQLMUTANT \(mutant.testDescription): \(seed) \(differential.calls - before) \(difference.prefix(200))")
                            return
                        }
                    }
                    print("SQLMUTANT \(mutant.testDescription) SURVIVES")
                }
            }
        }
    }
}
