import Experiments
import Foundation

/// Assignments as vectors: one coordinate for each setting, and in a native
/// space the structure of the sizes instead of each size.
///
/// A component has: whether it is there; and where it is, its lowest and its
/// highest block, its mean level, and which of its parts it has. The learning
/// rate stands relative to what the components are known to want.
struct AssignmentFeatures: Sendable {
    let layout: SpaceLayout
    let axes: [DensityAxis]
    private let components: [ComponentFeatures]
    /// Where the settings begin.
    let settingsStart: Int
    private let isNative: Bool

    init(_ layout: SpaceLayout) {
        self.layout = layout
        if case .native = layout.space.meaning { isNative = true } else { isNative = false }
        components = layout.components.map { ComponentFeatures($0, in: layout) }
        let structure = components.flatMap(\.axes)
        settingsStart = structure.count
        axes = structure + layout.settings.map { Self.axis(of: $0.domain) }
    }

    /// NaN where a coordinate is absent.
    func vector(of assignment: Assignment) -> [Double] {
        let pattern = layout.pattern(of: assignment)
        var vector: [Double] = []
        vector.reserveCapacity(axes.count)
        for component in components { component.append(to: &vector, of: pattern, layers: layout.layers) }
        for setting in layout.settings {
            vector.append(assignment[setting.name].map { position(of: $0, setting, assignment) } ?? .nan)
        }
        return vector
    }

    /// The value of a setting at a coordinate.
    func value(of index: Int, at coordinate: Double, given assignment: Assignment) -> JSON {
        let setting = layout.settings[index]
        if case .choice(let values) = setting.domain { return values[min(Int(coordinate), values.count - 1)] }
        if isRate(setting), case .real(let lower, let upper, _) = setting.domain {
            let typical = SettingPrior.typicalLearningRate(for: assignment, in: layout)
            let rate = typical * pow(10, (coordinate - 0.5) * Self.decades)
            return .number(ParameterDomain.legible(rate, lower, upper))
        }
        return setting.domain.value(at: coordinate)
    }

    /// How many the scale of relative learning rates spans.
    private static let decades = 4.0

    private func isRate(_ setting: Parameter) -> Bool {
        isNative && setting.name == "training.learning_rate"
    }

    private func position(of value: JSON, _ setting: Parameter, _ assignment: Assignment) -> Double {
        if case .choice(let values) = setting.domain { return Double(values.firstIndex(of: value) ?? 0) }
        guard isRate(setting), let rate = value.number, rate > 0 else {
            return setting.domain.position(of: value)
        }
        let typical = SettingPrior.typicalLearningRate(for: assignment, in: layout)
        return min(max(0.5 + log10(rate / typical) / Self.decades, 0), 1)
    }

    private static func axis(of domain: ParameterDomain) -> DensityAxis {
        switch domain {
        case .choice(let values): .choice(count: values.count)
        case .levels(let values): .scale(cell: 1 / Double(max(values.count, 1)))
        case .integer(let lower, let upper, .linear): .scale(cell: 1 / (Double(upper) - Double(lower) + 1))
        case .integer(let lower, let upper, .log2):
            .scale(cell: log2(1 + 1 / Double(upper)) / log2((Double(upper) + 1) / Double(lower)))
        case .real: .scale(cell: 0)
        }
    }
}

/// The structure of one component's sizes.
private struct ComponentFeatures: Sendable {
    private let indices: [Int]
    /// Of each size: its block, the place of its part, its highest level.
    private let layers: [Int?]
    private let partPlaces: [Int]
    private let tops: [Double]
    private let partCount: Int
    private let isLayered: Bool

    init(_ name: String, in layout: SpaceLayout) {
        indices = layout.indices(of: name)
        let parts = layout.parts(of: name)
        layers = indices.map { layout.sizes[$0].place.layer }
        partPlaces = indices.map { parts.firstIndex(of: layout.sizes[$0].place.part) ?? -1 }
        tops = indices.map { Double(layout.sizes[$0].levels.count - 1) }
        partCount = parts.count > 1 ? parts.count : 0
        isLayered = !parts.isEmpty && layout.layers > 1
        hasLevels = tops.contains { $0 > 1 }
        cell = 1 / Double(max(layout.layers, 1))
    }

    private let hasLevels: Bool
    private let cell: Double

    var axes: [DensityAxis] {
        var axes: [DensityAxis] = [.choice(count: 2)]
        if isLayered { axes += [.scale(cell: cell), .scale(cell: cell)] }
        if hasLevels { axes.append(.scale(cell: 0.05)) }
        return axes + Array(repeating: .choice(count: 2), count: partCount)
    }

    func append(to vector: inout [Double], of pattern: SizePattern, layers count: Int) {
        var (lowest, highest) = (Int.max, Int.min)
        var (active, level) = (0, 0.0)
        var parts = [Double](repeating: 0, count: partCount)
        for (place, index) in indices.enumerated() where pattern[index] > 0 {
            active += 1
            level += (Double(pattern[index]) - 0.5) / tops[place]
            if let layer = layers[place] { (lowest, highest) = (min(lowest, layer), max(highest, layer)) }
            if partCount > 0, partPlaces[place] >= 0 { parts[partPlaces[place]] = 1 }
        }
        guard active > 0 else {
            vector.append(0)
            vector.append(contentsOf: repeatElement(.nan, count: axes.count - 1))
            return
        }
        vector.append(1)
        if isLayered {
            let isSomewhere = lowest <= highest
            vector.append(isSomewhere ? (Double(lowest) + 0.5) / Double(count) : .nan)
            vector.append(isSomewhere ? (Double(highest) + 0.5) / Double(count) : .nan)
        }
        if hasLevels { vector.append(level / Double(active)) }
        vector += parts
    }
}
