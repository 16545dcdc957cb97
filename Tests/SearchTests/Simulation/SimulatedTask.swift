import Experiments
import Search

import func Foundation.exp
import func Foundation.log10

/// A task whose accuracy depends on which layers and parts are adapted, how
/// much, and on the learning rate; drawn from a seed, or near another one.
struct SimulatedTask: Sendable {
    /// What adapting a place is worth.
    private var worth: [String: Double] = [:]
    /// Of the learning rate, in log10.
    private var bestRate: Double
    /// -1 turns every judgement round.
    private var sign = 1.0

    private static let space = try? HybridSpace.preset(name: "hybrid", shape: Examples.miniLM)

    init(seed: UInt64) {
        var chance = SeededGenerator(seed: seed, purpose: "task")
        for parameter in Self.space?.parameters ?? [] where parameter.place != nil {
            worth[parameter.name] = exp(1.5 * chance.normal())
        }
        bestRate = -3.2 + chance.uniform()
        let total = worth.values.reduce(0, +)
        worth = worth.mapValues { $0 / total }
    }

    /// A task like this one.
    func related(seed: UInt64, distance: Double = 0.4) -> SimulatedTask {
        var task = self
        var chance = SeededGenerator(seed: seed, purpose: "related")
        for name in worth.keys.sorted() { task.worth[name]? *= exp(distance * chance.normal()) }
        let total = task.worth.values.reduce(0, +)
        task.worth = task.worth.mapValues { $0 / total }
        task.bestRate += 0.2 * chance.normal()
        return task
    }

    /// Where this one is good the other is bad.
    var reversed: SimulatedTask {
        var task = self
        task.sign = -sign
        return task
    }

    func measure(_ trial: Trial, in study: Study, seconds: Double) throws -> [Measurement] {
        guard let costs = Costs(of: study) else { return [] }
        let configuration = try Configuration(json: trial.configuration)
        let count = Double(costs.trainableParameters(of: configuration))
        var noise = SeededGenerator(seed: trial.seed)
        let assignment = HybridSpace.assignment(of: configuration, in: study.space) ?? [:]
        let value = assignment.keys.sorted().reduce(0) { $0 + (worth[$1] ?? 0) }
        let rate = log10(configuration.training.learningRate) - bestRate
        let gain = 0.3 * (1 - exp(-8 * value)) + 0.05 * log10(count) / 7 - 0.06 * rate * rate
        let accuracy = 0.75 + sign * (gain - 0.1) + 0.004 * noise.uniform()
        return [
            Measurement(MeasurementName.accuracy, min(max(accuracy, 0), 1), .deterministic, method: "toy"),
            Measurement(MeasurementName.trainSeconds, seconds, .observed, method: "toy"),
            Measurement(MeasurementName.trainableParameters, count, .exact, method: "counted"),
        ]
    }
}
