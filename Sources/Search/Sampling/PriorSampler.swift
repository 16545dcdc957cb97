package import Experiments

/// Draws assignments from a space's prior.
package struct PriorSampler: Sendable {
    private let layout: SpaceLayout

    package init(_ space: SearchSpace) { layout = SpaceLayout(space) }

    init(_ layout: SpaceLayout) { self.layout = layout }

    package func sample(_ generator: inout SeededGenerator) -> Assignment {
        var draws = PriorDraws(generator)
        defer { generator = draws.generator }
        return sample(&draws)
    }

    func sample(_ draws: inout PriorDraws) -> Assignment {
        let pattern = SizePrior(layout: layout).pattern(&draws)
        var assignment = layout.assignment(of: pattern)
        layout.complete(&assignment, &draws) { parameter, assignment, draws in
            SettingPrior.value(of: parameter, given: assignment, in: layout, &draws)
        }
        return assignment
    }
}
