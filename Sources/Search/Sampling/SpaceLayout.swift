import Experiments

/// A space taken apart for strategies: the sizes, which have a place in the
/// model, and the settings, which have none.
struct SpaceLayout: Sendable {
    /// One size parameter: its place and its ascending levels, 0 first.
    struct Size: Sendable {
        var name: String
        var place: Parameter.Place
        var levels: [JSON]
    }

    let space: SearchSpace
    /// Those that can be anything but 0.
    let sizes: [Size]
    let settings: [Parameter]
    /// In the order of the space.
    let components: [String]
    /// Blocks that sizes name.
    let layers: Int
    private let indices: [Parameter.Place: Int]
    private let byComponent: [String: [Int]]
    private let namesByComponent: [String: [String]]
    /// Per size the index of each level by its number.
    private let levelIndices: [[Double: Int]]

    init(_ space: SearchSpace) {
        self.space = space
        settings = space.parameters.filter { $0.place == nil }
        let sizes: [Size] = space.parameters.compactMap { parameter in
            guard let place = parameter.place, let levels = parameter.domain.values(upTo: 10_000),
                levels.count > 1
            else { return nil }
            return Size(name: parameter.name, place: place, levels: levels)
        }
        self.sizes = sizes
        indices = Dictionary(sizes.enumerated().map { ($1.place, $0) }) { first, _ in first }
        var seen: Set<String> = []
        components = sizes.map(\.place.component).filter { seen.insert($0).inserted }
        layers = (sizes.compactMap(\.place.layer).max() ?? -1) + 1
        byComponent = Dictionary(grouping: sizes.indices) { sizes[$0].place.component }
        namesByComponent = byComponent.mapValues { $0.map { sizes[$0].name } }
        levelIndices = sizes.map { size in
            Dictionary(size.levels.enumerated().map { ($1.number ?? 0, $0) }) { first, _ in first }
        }
    }

    func index(of place: Parameter.Place) -> Int? { indices[place] }

    /// The sizes of a component, in the order of the space.
    func indices(of component: String) -> [Int] { byComponent[component] ?? [] }

    /// Their parameters.
    func names(of component: String) -> [String] { namesByComponent[component] ?? [] }

    /// The parts of a component that have a size in some block, in the order
    /// of the space.
    func parts(of component: String) -> [String] {
        var seen: Set<String> = []
        return indices(of: component).filter { sizes[$0].place.layer != nil }.map { sizes[$0].place.part }
            .filter { seen.insert($0).inserted }
    }
}

/// The chosen level of every size of a layout, as an index into its levels.
typealias SizePattern = [Int]

extension SpaceLayout {
    func pattern(of assignment: Assignment) -> SizePattern {
        sizes.indices.map { index in
            assignment[sizes[index].name]?.number.flatMap { levelIndices[index][$0] } ?? 0
        }
    }

    func assignment(of pattern: SizePattern) -> Assignment {
        var assignment: Assignment = [:]
        for (size, level) in zip(sizes, pattern) where level > 0 {
            assignment[size.name] = size.levels[level]
        }
        return assignment
    }

    /// Fills in settings that have become active and have no value.
    func complete(
        _ assignment: inout Assignment, _ generator: inout SeededGenerator,
        value: (Parameter, Assignment, inout SeededGenerator) -> JSON
    ) {
        var isComplete = false
        while !isComplete {
            isComplete = true
            for setting in settings
            where assignment[setting.name] == nil && space.isActive(setting, in: assignment) {
                assignment[setting.name] = value(setting, assignment, &generator)
                isComplete = false
            }
        }
    }
}
