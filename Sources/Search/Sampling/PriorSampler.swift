package import Experiments

/// Draws assignments from a space's prior.
package struct PriorSampler: Sendable {
    private let layout: SpaceLayout

    package init(_ space: SearchSpace) { layout = SpaceLayout(space) }

    package func sample(_ generator: inout SeededGenerator) -> Assignment {
        let pattern = SizePrior(layout: layout).pattern(&generator)
        var assignment = layout.assignment(of: pattern)
        layout.complete(&assignment, &generator) { parameter, assignment, generator in
            SettingPrior.value(of: parameter, given: assignment, in: layout, &generator)
        }
        return assignment
    }
}
