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
        guard case .real = setting.domain else { return false }
        return isNative && setting.name == "training.learning_rate"
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
