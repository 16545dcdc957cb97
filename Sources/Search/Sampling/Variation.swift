import Experiments

/// How an evolutionary strategy makes a child of two parents.
///
/// Where parameters have places, crossover exchanges whole components or cuts
/// between two layers, and mutation grows, shrinks and moves them; settings,
/// and all parameters of a literal space, are exchanged one by one and step on
/// their domain's scale.
struct Variation: Sendable {
    let layout: SpaceLayout

    init(_ space: SearchSpace) { layout = SpaceLayout(space) }

    func child(
        of first: Assignment, _ second: Assignment, _ generator: inout SeededGenerator
    ) -> Assignment {
        let isCrossed = generator.uniform() < 0.8
        let other = isCrossed ? second : first
        let pattern = crossed(layout.pattern(of: first), layout.pattern(of: other), &generator)
        var child = layout.assignment(of: mutated(pattern, &generator))
        for setting in layout.settings {
            let (x, y) = (first[setting.name], other[setting.name])
            child[setting.name] = generator.uniform() < 0.5 ? x ?? y : y ?? x
        }
        step(&child, &generator)
        layout.complete(&child, &generator) { parameter, assignment, generator in
            SettingPrior.value(of: parameter, given: assignment, in: layout, &generator)
        }
        return child
    }

    private func crossed(
        _ first: SizePattern, _ second: SizePattern, _ generator: inout SeededGenerator
    ) -> SizePattern {
        guard !layout.sizes.isEmpty, first != second else { return first }
        var child = first
        if generator.uniform() < 0.3 {
            let cut = generator.index(below: layout.layers + 1)
            for index in child.indices where (layout.sizes[index].place.layer ?? -1) < cut {
                child[index] = second[index]
            }
            return child
        }
        for component in layout.components where generator.uniform() < 0.5 {
            for index in layout.indices(of: component) { child[index] = second[index] }
        }
        return child
    }

    /// None to three moves.
    private func mutated(_ pattern: SizePattern, _ generator: inout SeededGenerator) -> SizePattern {
        guard !layout.sizes.isEmpty else { return pattern }
        let draw = generator.uniform()
        let count = draw < 0.2 ? 0 : draw < 0.7 ? 1 : draw < 0.9 ? 2 : 3
        var mutation = SizeMutation(layout, pattern, SeededGenerator(seed: generator.next()))
        for _ in 0..<count {
            mutation.apply(
                SizeMutation.Move.allCases[generator.index(below: SizeMutation.Move.allCases.count)])
        }
        return mutation.pattern
    }

    /// A step of one setting in five, or of one in all; at least one where
    /// there are no sizes to mutate.
    private func step(_ child: inout Assignment, _ generator: inout SeededGenerator) {
        let active = layout.settings.filter { child[$0.name] != nil }
        guard !active.isEmpty else { return }
        let chance = layout.sizes.isEmpty ? 1 / Double(active.count) : 0.2
        var chosen = active.filter { _ in generator.uniform() < chance }
        if chosen.isEmpty, layout.sizes.isEmpty { chosen = [active[generator.index(below: active.count)]] }
        for setting in chosen {
            child[setting.name] = child[setting.name].map { setting.domain.step(from: $0, &generator) }
        }
    }
}
