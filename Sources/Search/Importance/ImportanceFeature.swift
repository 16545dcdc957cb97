import Experiments
import Foundation

/// One thing whose importance is asked for, as a grid on which every trial has
/// a place or, where it is absent, none.
struct ImportanceFeature: Sendable {
    /// Of a parameter, or of a group of sizes: `lora`, `lora.size`.
    let name: String
    /// Points of the grid.
    let count: Int
    /// Whether neighbours are alike.
    let isOrdered: Bool
    private let place: @Sendable (Assignment) -> Int?

    func place(in assignment: Assignment) -> Int? { place(assignment) }

    /// One feature for each setting; and for each component of a native space
    /// whether it is there, the sum of its sizes, and its lowest block.
    static func all(of space: SearchSpace) -> [ImportanceFeature] {
        let layout = SpaceLayout(space)
        let groups = layout.components.flatMap { component in
            [presence(of: component, layout), size(of: component, layout), lowest(of: component, layout)]
        }
        return (groups + layout.settings.map(ImportanceFeature.init)).filter { $0.count > 1 }
    }

    private init(
        name: String, count: Int, isOrdered: Bool, place: @escaping @Sendable (Assignment) -> Int?
    ) {
        self.name = name
        self.count = count
        self.isOrdered = isOrdered
        self.place = place
    }

    private init(_ setting: Parameter) {
        let grid = Grid(setting.domain)
        self.init(name: setting.name, count: grid.count, isOrdered: grid.isOrdered) { assignment in
            assignment[setting.name].map(grid.place)
        }
    }

    private static func presence(of component: String, _ layout: SpaceLayout) -> ImportanceFeature {
        ImportanceFeature(name: component, count: 2, isOrdered: false) { assignment in
            layout.components(in: assignment).contains(component) ? 1 : 0
        }
    }

    /// The sum of ranks, widths or lengths, in steps of the square root of 2.
    private static func size(of component: String, _ layout: SpaceLayout) -> ImportanceFeature {
        let names = layout.indices(of: component).map { layout.sizes[$0] }
        let largest = names.reduce(0.0) { $0 + ($1.levels.last?.number ?? 0) }
        @Sendable func step(_ sum: Double) -> Int { Int((2 * log2(max(sum, 1))).rounded(.down)) }
        return ImportanceFeature(name: "\(component).size", count: step(largest) + 1, isOrdered: true) {
            let assignment = $0
            let sum = names.reduce(0.0) { $0 + (assignment[$1.name]?.number ?? 0) }
            return sum > 0 ? step(sum) : nil
        }
    }

    private static func lowest(of component: String, _ layout: SpaceLayout) -> ImportanceFeature {
        let sizes = layout.indices(of: component).map { layout.sizes[$0] }
        let count = layout.parts(of: component).isEmpty ? 1 : layout.layers
        return ImportanceFeature(name: "\(component).lowest_layer", count: count, isOrdered: true) {
            let assignment = $0
            return sizes.filter { assignment[$0.name] != nil }.compactMap(\.place.layer).min()
        }
    }
}

/// A domain cut into at most 50 points.
private struct Grid: Sendable {
    let count: Int
    let isOrdered: Bool
    private let domain: ParameterDomain

    init(_ domain: ParameterDomain) {
        self.domain = domain
        let most = 50
        switch domain {
        case .choice(let values), .levels(let values): count = values.count
        case .integer(let lower, let upper, .linear):
            count = domain.values(upTo: most)?.count ?? (upper > lower ? most : 1)
        case .integer(let lower, let upper, .log2):
            count = upper > lower ? min(Int(log2(Double(upper - lower) + 1).rounded(.up)) + 1, most) : 1
        case .real(let lower, let upper, _): count = upper > lower ? most : 1
        }
        if case .choice = domain { isOrdered = false } else { isOrdered = true }
    }

    func place(of value: JSON) -> Int {
        let number = value.number ?? 0
        switch domain {
        case .choice(let values), .levels(let values): return values.firstIndex(of: value) ?? 0
        case .integer(let lower, let upper, let scale):
            return nearest(number, Double(lower), Double(upper), isLogarithmic: scale == .log2)
        case .real(let lower, let upper, let scale):
            return nearest(number, lower, upper, isLogarithmic: scale == .log)
        }
    }

    /// Points at both ends and between them; halfway, the lower.
    private func nearest(_ value: Double, _ lower: Double, _ upper: Double, isLogarithmic: Bool) -> Int {
        guard count > 1 else { return 0 }
        let share =
            isLogarithmic ? log(value / lower) / log(upper / lower) : (value - lower) / (upper - lower)
        let place = (share * Double(count - 1) - 0.5).rounded(.up)
        return place > 0 ? min(Int(min(place, Double(count))), count - 1) : 0
    }
}
