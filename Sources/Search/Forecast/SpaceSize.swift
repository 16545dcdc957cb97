public import Experiments
import Foundation

/// How much there is to choose from.
public struct SpaceSize: Sendable, Hashable {
    /// Parameters in all.
    public let parameters: Int
    /// The base-10 logarithm of the number of combinations of all parameters
    /// that have finitely many values; conditions are not looked at.
    public let logarithm: Double
    /// Parameters with a continuous range.
    public let continuous: Int

    /// Of a space.
    public init(of space: SearchSpace) {
        parameters = space.parameters.count
        var logarithm = 0.0
        var continuous = 0
        for parameter in space.parameters {
            switch parameter.domain {
            case .integer(let lower, let upper, _): logarithm += log10(Double(upper) - Double(lower) + 1)
            case .choice(let values), .levels(let values): logarithm += log10(Double(max(values.count, 1)))
            case .real: continuous += 1
            }
        }
        self.logarithm = logarithm
        self.continuous = continuous
    }
}
