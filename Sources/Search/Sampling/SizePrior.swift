import Experiments

/// Which sizes to try without knowing anything: few components, a window of
/// neighbouring layers that mostly reaches the top (where gradients are cheap),
/// some of a component's parts, one base size, and a little disorder.
///
/// Independent draws per place would always land near the same total and near
/// the bottom layer; this covers tiny to large.
struct SizePrior {
    let layout: SpaceLayout

    func pattern(_ draws: inout PriorDraws) -> SizePattern {
        var pattern = [Int](repeating: 0, count: layout.sizes.count)
        guard !layout.sizes.isEmpty else { return pattern }
        let window = window(&draws)
        for (slot, component) in components(&draws).enumerated() {
            place(component, slot, window, in: &pattern, &draws)
        }
        for index in pattern.indices where pattern[index] > 0 && draws.generator.uniform() < 0.2 {
            let moved = pattern[index] + (draws.generator.uniform() < 0.5 ? -1 : 1)
            pattern[index] = min(max(moved, 0), layout.sizes[index].levels.count - 1)
        }
        return pattern
    }

    /// Relative frequencies, after what each is known to be good for
    /// (surveys find LoRA and adapters ahead on small encoders).
    private static let weights = ["lora": 8.0, "bottleneck": 5, "unfreeze": 3, "bias": 2, "layernorm": 2]

    private func components(_ draws: inout PriorDraws) -> [String] {
        let draw = draws.uniform(.componentCount)
        let count = draw < 0.5 ? 1 : draw < 0.85 ? 2 : 3
        var rest = layout.components
        var chosen: [String] = []
        while chosen.count < count, !rest.isEmpty {
            let weights = rest.map { Self.weights[$0] ?? 2 }
            var mark = draws.uniform(PriorDraws.components[chosen.count]) * weights.reduce(0, +)
            let index = weights.firstIndex { weight in
                mark -= weight
                return mark < 0
            }
            chosen.append(rest.remove(at: index ?? rest.count - 1))
        }
        return chosen
    }

    /// Of what has a layer; any where nothing has one.
    private func window(_ draws: inout PriorDraws) -> ClosedRange<Int> {
        guard layout.layers > 0 else { return 0...0 }
        let reachesTop = draws.uniform(.reachesTop) < 0.75
        let top = reachesTop ? layout.layers - 1 : draws.index(.highestLayer, below: layout.layers)
        return draws.index(.lowestLayer, below: top + 1)...top
    }

    /// - Parameter slot: which of the drawn components it is.
    private func place(
        _ component: String, _ slot: Int, _ window: ClosedRange<Int>, in pattern: inout SizePattern,
        _ draws: inout PriorDraws
    ) {
        var window = window
        if draws.generator.uniform() < 0.3 {
            window = (window.lowerBound + draws.generator.index(below: window.count))...window.upperBound
        }
        let parts = parts(of: component, slot, &draws)
        let size = draws.uniform(PriorDraws.sizes[slot])
        // Embeddings are much beside a few blocks; what has no other place, as
        // a prompt, is the component.
        let takesUnlayered = draws.generator.uniform() < 0.15 || parts.isEmpty
        for index in layout.indices(of: component) {
            let place = layout.sizes[index].place
            let isChosen =
                place.layer.map { window.contains($0) && parts.contains(place.part) } ?? takesUnlayered
            guard isChosen else { continue }
            pattern[index] = 1 + Int(size * Double(layout.sizes[index].levels.count - 1))
        }
    }

    /// All parts, one, or some.
    private func parts(of component: String, _ slot: Int, _ draws: inout PriorDraws) -> Set<String> {
        let parts = layout.parts(of: component)
        guard !parts.isEmpty else { return [] }
        let draw = draws.uniform(PriorDraws.parts[slot])
        if draw < 0.3 { return Set(parts) }
        let count = draw < 0.6 ? 1 : 1 + draws.generator.index(below: parts.count)
        return Set(draws.generator.shuffled(parts).prefix(count))
    }
}
