import Experiments
import Foundation

/// How one parameter becomes coordinates: its position on its scale, or one
/// coordinate per value of a choice.
///
/// A conditional parameter with a scale lies on an arc of radius 1, and in the
/// arc's centre where it is absent: as far from every value as the ends of the
/// range are from each other (Swersky et al. 2014, "Raiders of the lost
/// architecture"). So no value stands in for an absent one, and two points in
/// which it is absent do not differ by it.
struct ParameterCode: Sendable {
    let parameter: Parameter
    let coordinateCount: Int

    /// Nil for a parameter that is the same wherever it is present.
    init?(_ parameter: Parameter) {
        if let values = parameter.domain.values(upTo: 1), values.count < 2 { return nil }
        self.parameter = parameter
        switch parameter.domain {
        case .choice(let values): coordinateCount = values.count
        case .integer, .real, .levels: coordinateCount = parameter.condition == nil ? 1 : 2
        }
    }

    /// - Parameter value: nil where it is absent.
    func coordinates(of value: JSON?) -> [Double] {
        guard let value else { return [Double](repeating: 0, count: coordinateCount) }
        if case .choice(let values) = parameter.domain {
            // Two values differ by 1.
            return values.map { $0 == value ? 0.5.squareRoot() : 0 }
        }
        let angle = position(of: value) - 0.5
        return coordinateCount == 1 ? [angle] : [cos(angle), sin(angle)]
    }

    /// From 0 to 1, both of which are reached.
    private func position(of value: JSON) -> Double {
        if case .levels(let values) = parameter.domain {
            return Double(values.firstIndex(of: value) ?? 0) / Double(max(values.count - 1, 1))
        }
        return parameter.domain.position(of: value)
    }
}
