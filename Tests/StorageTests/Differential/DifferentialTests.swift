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
            let seeds = 0..<max(4, (Self.asked ?? 0) / 200)
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
        // Replicates are asked for once in a study, at its end.
        let histories =
            try (0..<60).map { try Self.history($0) }
            + (60..<80).map { try Self.history($0, of: "native replicates") }
        try await VirtualDatabase.lend { database in
            for mutant in SQLMutant.ofWorkers + SQLMutant.ofLimits + SQLMutant.ofControllers {
                try await mutant.withoutRule(in: database.client) {
                    let found = try await Self.difference(in: histories, database, mutant)
                    #expect(found != nil, "\(mutant.testDescription): nobody misses it")
                    guard Self.asked != nil, let found else { return }
                    print("mutant \(mutant.testDescription): seed \(found.seed): \(found.text.prefix(160))")
                }
            }
        }
    }

    private static func difference(
        in histories: [[Simulation.History]], _ database: VirtualDatabase, _ mutant: SQLMutant
    ) async throws -> (seed: Int, text: String)? {
        var differential = Differential(database)
        for seed in order(of: histories, for: mutant) {
            if let text = try await differential.difference(in: histories[seed]) { return (seed, text) }
        }
        return nil
    }

    /// First the history in which the model's like mutant answers otherwise
    /// soonest, or else that in which a call of the function is soonest repeated.
    private static func order(of histories: [[Simulation.History]], for mutant: SQLMutant) -> [Int] {
        var best: (seed: Int, place: Int)?
        for (seed, history) in histories.enumerated() {
            let limit = best?.place ?? .max
            if limit < 150 { break }
            let place =
                mutant.rule.map {
                    Simulation.History.firstDifference(in: history, without: $0, before: limit)
                } ?? Simulation.History.firstRepeat(in: history, of: mutant.call, before: limit)
            if let place { best = (seed, place) }
        }
        // Elsewhere it would come as a surprise; a few may have one.
        return (best.map { [$0.seed] } ?? []) + histories.indices.filter { $0 != best?.seed }.prefix(5)
    }
}
