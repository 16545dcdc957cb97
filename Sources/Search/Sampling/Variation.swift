import Experiments

/// How an evolutionary strategy makes a child of two parents.
///
/// Where parameters have places, crossover exchanges whole components or cuts
/// between two layers, and mutation grows, shrinks and moves them; settings,
/// and all parameters of a literal space, are exchanged one by one and step on
/// their domain's scale.
struct Variation: Sendable {
    let layout: SpaceLayout

    init(_ space: SearchSpace) { self.init(SpaceLayout(space)) }

    init(_ layout: SpaceLayout) { self.layout = layout }

    func child(
        of first: Assignment, _ second: Assignment, _ generator: inout SeededGenerator
    ) -> Assignment {
        let isCrossed = generator.uniform() < 0.8
        let other = isCrossed ? second : first
        var child = layout.assignment(of: pattern(of: first, other, &generator))
        for setting in layout.settings {
            let (x, y) = (first[setting.name], other[setting.name])
            child[setting.name] = generator.uniform() < 0.5 ? x ?? y : y ?? x
        }
        complete(&child, &generator)
        adaptRate(of: &child, from: first, other)
        step(&child, &generator)
        complete(&child, &generator)
        return child
    }

    private func complete(_ child: inout Assignment, _ generator: inout SeededGenerator) {
        layout.complete(&child, &generator) { parameter, assignment, generator in
            SettingPrior.value(of: parameter, given: assignment, in: layout, &generator)
        }
    }

    /// A learning rate keeps its distance from what the components are known to
    /// want when others take their place.
    private func adaptRate(of child: inout Assignment, from first: Assignment, _ other: Assignment) {
        let name = "training.learning_rate"
        guard case .native = layout.space.meaning, let rate = child[name]?.number,
            case .real(let lower, let upper, _) = layout.settings.first(where: { $0.name == name })?.domain,
            let parent = [first, other].first(where: { $0[name]?.number == rate })
        else { return }
        let before = SettingPrior.typicalLearningRate(for: parent, in: layout)
        let after = SettingPrior.typicalLearningRate(for: child, in: layout)
        if before != after {
            child[name] = .number(ParameterDomain.legible(rate * after / before, lower, upper))
        }
    }

    /// The sizes of a child, crossed and mutated.
    func pattern(
        of first: Assignment, _ second: Assignment, _ generator: inout SeededGenerator
    ) -> SizePattern {
        mutated(crossed(layout.pattern(of: first), layout.pattern(of: second), &generator), &generator)
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
