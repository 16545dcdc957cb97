import Experiments
import Search
import Simulation
import Testing
import Workers

import func Foundation.exp

/// How busy workers are that wait for what virtual time prescribes.
struct UtilizationTests {
    private static let slots = 8
    private static let trials = 400

    /// A study of 400 trials of a minute on average, which really take longer or
    /// shorter than the cost model says: log-normal, sigma 0.3.
    private static func utilization(parallelism: Int, rungs: [Double]) throws -> Double {
        let study = try SimulatedStudies.native(trials: trials, parallelism: parallelism, rungs: rungs)
        var simulation = Simulation(
            seed: 1, options: SimulationOptions(undisturbed: "native", slots: slots, leaseSeconds: 30))
        simulation.duration = { _ in 60 }
        let spans = simulation.run(study).record.trials.map { Double($0.span.finish - $0.span.start) }
        let perUnit = 60 * Double(spans.count) / (spans.reduce(0, +) / rungs[0])
        simulation.duration = { request in
            guard request.purpose == .train,
                let configuration = try? Configuration(json: request.configuration)
            else { return 1 }
            var error = SeededGenerator(seed: request.seed, purpose: "cost error", UInt64(request.rung))
            let before = request.rung == 0 ? 0 : rungs[request.rung - 1]
            let predicted = Double(Costs.virtualDuration(of: configuration, in: request.study))
            return perUnit * predicted * (rungs[request.rung] - before) * exp(0.3 * error.normal())
        }
        let outcome = simulation.run(study)
        #expect(outcome.violation == nil)
        return outcome.busySeconds / (outcome.seconds * Double(slots))
    }

    @Test(arguments: Seeds.asked == nil ? [[1.0]] : [[1.0], [0.1, 0.3, 1]])
    func `eight workers are busy nine tenths of the time`(_ rungs: [Double]) throws {
        // With rungs more must wait in reserve: units are shorter and depend on one another.
        let enough = rungs.count == 1 ? 12 : 24
        for parallelism in Seeds.asked == nil ? [enough] : [8, 12, 16, 24] {
            let share = try Self.utilization(parallelism: parallelism, rungs: rungs)
            let percent = (share * 1000).rounded() / 10
            Seeds.report("8 slots, parallelism \(parallelism), rungs \(rungs): busy \(percent) %")
            if parallelism >= enough { #expect(share >= 0.9, "parallelism \(parallelism): \(percent) %") }
        }
    }
}
