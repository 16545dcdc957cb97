import Experiments

/// Draws assignments from a space's prior.
struct PriorSampler: Sendable {
    let layout: SpaceLayout

    init(_ space: SearchSpace) { layout = SpaceLayout(space) }

    func sample(_ generator: inout SeededGenerator) -> Assignment {
        let pattern = SizePrior(layout: layout).pattern(&generator)
        var assignment = layout.assignment(of: pattern)
        layout.complete(&assignment, &generator) { parameter, assignment, generator in
            SettingPrior.value(of: parameter, given: assignment, in: layout, &generator)
        }
        return assignment
    }
}
