import Experiments
import LinearAlgebra

/// Which configurations are tried without training once one is trained, the
/// most promising first: lower ranks, then without a component, then without
/// the lowest block. Of a super-network drawn parts, spread over their size.
struct Derivation {
    /// One of them.
    struct Step {
        /// For people.
        var method: String
        var result: TrainedConfiguration
    }

    private static let drawsPerPart = 16
    private static let shares = [(0.25, "a quarter"), (0.0625, "a sixteenth"), (0.5, "half")]

    /// Those of a trained configuration that train fewer numbers, each once.
    /// - Parameter limit: the most of them.
    static func steps(
        from trained: TrainedConfiguration, costs: Costs, names: TensorNames, limit: Int
    ) -> [Step] {
        if trained.configuration.training.sampling == .sandwich, trained.configuration.nests {
            return parts(of: trained, costs: costs, names: names, limit: limit)
        }
        var steps: [Step] = []
        var seen: Set<String> = [trained.configuration.json.canonicalText]
        func add(_ method: String, _ result: TrainedConfiguration?) {
            guard let result, steps.count < limit,
                costs.trainableParameters(of: result.configuration)
                    < costs.trainableParameters(of: trained.configuration),
                seen.insert(result.configuration.json.canonicalText).inserted
            else { return }
            steps.append(Step(method: method, result: result))
        }
        for (share, name) in shares {
            add(
                "low-rank updates cut to \(name) of their rank",
                trained.truncatingRanks(to: share, names: names))
        }
        func smaller(_ configuration: Configuration?) -> TrainedConfiguration? {
            configuration.map { TrainedConfiguration(configuration: $0, tensors: trained.tensors) }
        }
        for (index, component) in trained.configuration.components.enumerated() {
            add("without \(component.value.title)", smaller(trained.removingComponent(at: index)))
        }
        add("without the lowest block's components", smaller(trained.removingLowestBlock()))
        return steps
    }

    /// The same ones each time.
    private static func parts(
        of trained: TrainedConfiguration, costs: Costs, names: TensorNames, limit: Int
    ) -> [Step] {
        guard limit > 0 else { return [] }
        var generator = SeededGenerator(seed: 0, purpose: "parts of a super-network")
        var drawn: [String: (part: Configuration, parameters: Int)] = [:]
        for _ in 0..<drawsPerPart * limit {
            let part = trained.configuration.drawnPart(&generator)
            drawn[part.json.canonicalText] = (part, costs.trainableParameters(of: part))
        }
        let whole = costs.trainableParameters(of: trained.configuration)
        let sorted = drawn.filter { $0.value.parameters < whole }
            .sorted { ($0.value.parameters, $0.key) < ($1.value.parameters, $1.key) }
        let count = min(limit, sorted.count)
        return (0..<count).map { index in
            let part = sorted[index * sorted.count / count].value.part
            return Step(method: "a part of a super-network", result: trained.part(part, names: names))
        }
    }
}
