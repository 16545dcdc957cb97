import Experiments

/// Small changes of a size pattern that keep most of what made it good.
struct SizeMutation {
    enum Move: CaseIterable {
        /// One level up: a size, or all sizes of a component.
        case grow
        /// One level down, likewise.
        case shrink
        /// Switches one size on.
        case add
        /// Switches a component off, in its lowest block or everywhere.
        case drop
        /// Moves a component to the neighbouring blocks.
        case shift
        /// Copies a block's sizes of a component to a neighbouring block.
        case copy
        /// Exchanges two parts of a component in all blocks.
        case swap
        /// Puts another component in the place of one, in the same blocks and
        /// about as large.
        case exchange
    }

    let layout: SpaceLayout
    private(set) var pattern: SizePattern
    private var generator: SeededGenerator

    init(_ layout: SpaceLayout, _ pattern: SizePattern, _ generator: SeededGenerator) {
        self.layout = layout
        self.pattern = pattern
        self.generator = generator
    }

    /// A component that is switched on is changed; where none is, one size is
    /// switched on.
    mutating func apply(_ move: Move) {
        let components = layout.components.filter { !active($0).isEmpty }
        guard move != .add, !components.isEmpty else { return add() }
        let component = components[generator.index(below: components.count)]
        switch move {
        case .grow: resize(component, by: 1)
        case .shrink: resize(component, by: -1)
        case .add: add()
        case .drop: drop(component)
        case .shift: shift(component)
        case .copy: copy(component)
        case .swap: swap(component)
        case .exchange: exchange(component)
        }
    }

    private func active(_ component: String) -> [Int] {
        layout.indices(of: component).filter { pattern[$0] > 0 }
    }

    /// Of the same component and part in another block.
    private func index(like index: Int, inLayer layer: Int) -> Int? {
        let place = layout.sizes[index].place
        return layout.index(of: Parameter.Place(component: place.component, layer: layer, part: place.part))
    }

    private mutating func set(_ index: Int, _ level: Int) {
        pattern[index] = min(max(level, 0), layout.sizes[index].levels.count - 1)
    }

    private mutating func coin() -> Bool { generator.uniform() < 0.5 }

    private mutating func resize(_ component: String, by step: Int) {
        var indices = active(component)
        if coin() { indices = [indices[generator.index(below: indices.count)]] }
        for index in indices { set(index, pattern[index] + step) }
    }

    private mutating func add() {
        let off = pattern.indices.filter { pattern[$0] == 0 }
        guard !off.isEmpty else { return }
        let index = off[generator.index(below: off.count)]
        set(index, 1 + generator.index(below: layout.sizes[index].levels.count - 1))
    }

    private mutating func drop(_ component: String) {
        let layers = active(component).map { layout.sizes[$0].place.layer ?? -1 }
        let isEverywhere = generator.uniform() < 0.3
        for (index, layer) in zip(active(component), layers) where isEverywhere || layer == layers.min() {
            set(index, 0)
        }
    }

    private mutating func shift(_ component: String) {
        let step = coin() ? 1 : -1
        let before = pattern
        for target in layout.indices(of: component) {
            guard let layer = layout.sizes[target].place.layer else { continue }
            set(target, index(like: target, inLayer: layer - step).map { before[$0] } ?? 0)
        }
    }

    private mutating func copy(_ component: String) {
        let layers = Set(active(component).compactMap { layout.sizes[$0].place.layer }).sorted()
        guard !layers.isEmpty else { return }
        let layer = layers[generator.index(below: layers.count)]
        let step = coin() ? 1 : -1
        for source in layout.indices(of: component) where layout.sizes[source].place.layer == layer {
            if let target = index(like: source, inLayer: layer + step) { set(target, pattern[source]) }
        }
    }

    private mutating func swap(_ component: String) {
        let parts = generator.shuffled(layout.parts(of: component))
        guard parts.count >= 2 else { return resize(component, by: coin() ? 1 : -1) }
        let before = pattern
        for index in layout.indices(of: component) {
            var other = layout.sizes[index].place
            guard
                let pair = [(parts[0], parts[1]), (parts[1], parts[0])].first(where: { $0.0 == other.part })
            else { continue }
            other.part = pair.1
            set(index, layout.index(of: other).map { before[$0] } ?? 0)
        }
    }

    /// Of the other component all parts, or one of them.
    private mutating func exchange(_ component: String) {
        let others = layout.components.filter { $0 != component }
        guard !others.isEmpty else { return swap(component) }
        let old = active(component)
        let layers = Set(old.compactMap { layout.sizes[$0].place.layer })
        let size = old.reduce(0) { $0 + share(of: $1) } / Double(old.count)
        for index in old { set(index, 0) }
        let other = others[generator.index(below: others.count)]
        let parts = layout.parts(of: other)
        let part = coin() || parts.isEmpty ? nil : parts[generator.index(below: parts.count)]
        for index in layout.indices(of: other) {
            let place = layout.sizes[index].place
            let isChosen = place.layer.map { layers.contains($0) || layers.isEmpty } ?? parts.isEmpty
            guard isChosen, part == nil || part == place.part else { continue }
            set(index, 1 + Int((size * Double(layout.sizes[index].levels.count - 2)).rounded()))
        }
    }

    /// From 0, the smallest size, to 1.
    private func share(of index: Int) -> Double {
        Double(pattern[index] - 1) / Double(max(layout.sizes[index].levels.count - 2, 1))
    }
}
