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
    private let indicesByName: [String: Int]
    private let indicesByComponent: [String: [Int]]
    private let partsByComponent: [String: [String]]

    init(_ space: SearchSpace) {
        self.space = space
        settings = space.parameters.filter { $0.place == nil }
        let sizes = space.parameters.compactMap { parameter -> Size? in
            guard let place = parameter.place, let levels = parameter.domain.values(upTo: 10_000),
                levels.count > 1
            else { return nil }
            return Size(name: parameter.name, place: place, levels: levels)
        }
        self.sizes = sizes
        indices = Dictionary(sizes.enumerated().map { ($1.place, $0) }) { first, _ in first }
        indicesByName = Dictionary(sizes.enumerated().map { ($1.name, $0) }) { first, _ in first }
        indicesByComponent = Dictionary(grouping: sizes.indices) { sizes[$0].place.component }
        components = Self.distinct(sizes.map(\.place.component))
        partsByComponent = indicesByComponent.mapValues { indices in
            Self.distinct(indices.filter { sizes[$0].place.layer != nil }.map { sizes[$0].place.part })
        }
        layers = (sizes.compactMap(\.place.layer).max() ?? -1) + 1
    }

    private static func distinct(_ names: [String]) -> [String] {
        var seen: Set<String> = []
        return names.filter { seen.insert($0).inserted }
    }

    func index(of place: Parameter.Place) -> Int? { indices[place] }

    /// The sizes of a component, ascending.
    func indices(of component: String) -> [Int] { indicesByComponent[component] ?? [] }

    /// The parts of a component that have a size in some block, in the order
    /// of the space.
    func parts(of component: String) -> [String] { partsByComponent[component] ?? [] }

    /// The components of which the assignment has a size.
    func components(in assignment: Assignment) -> Set<String> {
        var components: Set<String> = []
        for (name, _) in assignment {
            if let index = indicesByName[name] { components.insert(sizes[index].place.component) }
        }
        return components
    }
}

/// The chosen level of every size of a layout, as an index into its levels.
typealias SizePattern = [Int]

extension SpaceLayout {
    func pattern(of assignment: Assignment) -> SizePattern {
        var pattern = [Int](repeating: 0, count: sizes.count)
        for (name, value) in assignment {
            guard let index = indicesByName[name] else { continue }
            pattern[index] = sizes[index].levels.firstIndex { $0.number == value.number } ?? 0
        }
        return pattern
    }

    func assignment(of pattern: SizePattern) -> Assignment {
        var assignment: Assignment = [:]
        for (size, level) in zip(sizes, pattern) where level > 0 {
            assignment[size.name] = size.levels[level]
        }
        return assignment
    }

    /// Fills in settings that have become active and have no value.
    func complete<Source>(
        _ assignment: inout Assignment, _ source: inout Source,
        value: (Parameter, Assignment, inout Source) -> JSON
    ) {
        let components = components(in: assignment)
        var isComplete = false
        while !isComplete {
            isComplete = true
            for setting in settings
            where assignment[setting.name] == nil
                && setting.isActive(in: assignment, components: components)
            {
                assignment[setting.name] = value(setting, assignment, &source)
                isComplete = false
            }
        }
    }
}
