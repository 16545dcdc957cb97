import Experiments
import Foundation
import Simulation
import TestSupport
import Testing

@Suite("PostgreSQL answers what simulated studies ask as the model does", .needsPostgres)
struct DifferentialTests {
    /// `make simulate` asks for many and prints.
    private static let asked = ProcessInfo.processInfo.environment["PEFTSEARCH_SIMULATED_SEEDS"]
        .flatMap(UInt64.init)

    private static func history(_ seed: UInt64, of study: String? = nil) throws -> [Simulation.History] {
        var simulation = Simulation(seed: seed)
        simulation.isRecording = true
        simulation.options.study = study ?? simulation.options.study
        return simulation.run(try SimulatedStudies.study(simulation.options.study)).history
    }

    @Test func `with equal answers and equal rows`() async throws {
        try await VirtualDatabase.lend { database in
            var differential = Differential(database)
            let seeds = 0..<max(3, (Self.asked ?? 0) / 200)
            for seed in seeds {
                let difference = try await differential.difference(in: Self.history(seed))
                #expect(difference == nil, "seed \(seed) (\(SimulationOptions(seed: seed)))")
            }
            if Self.asked != nil {
                print("\(seeds.count) studies, \(differential.calls) calls: no difference")
            }
        }
    }

    @Test func `and each rule that is left out of a function is missed`() async throws {
        try await VirtualDatabase.lend { database in
            for mutant in SQLMutant.ofWorkers + SQLMutant.ofLimits + SQLMutant.ofControllers {
                try await mutant.withoutRule(in: database.client) {
                    let found = try await Self.difference(database, mutant)
                    #expect(found != nil, "\(mutant.testDescription): nobody misses it")
                    guard Self.asked != nil, let found else { return }
                    print("mutant \(mutant.testDescription): seed \(found.seed): \(found.text.prefix(160))")
                }
            }
        }
    }

    private static func difference(
        _ database: VirtualDatabase, _ mutant: SQLMutant
    ) async throws -> (seed: Int, text: String)? {
        var differential = Differential(database)
        for seed in [mutant.seed] + Array(0..<80) {
            // Replicates are asked for once in a study, at its end.
            let history = try Self.history(UInt64(seed), of: seed < 60 ? nil : "native replicates")
            if let text = try await differential.difference(in: history) { return (seed, text) }
        }
        return nil
    }
}
