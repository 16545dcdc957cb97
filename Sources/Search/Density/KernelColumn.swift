import Experiments
import Foundation

/// One coordinate of a mixture: where each observation's kernel stands, and how
/// wide all of them are.
struct KernelColumn: Sendable {
    private let axis: DensityAxis
    /// NaN where an observation has none.
    private let values: [Double]
    private let weights: [Double]
    private let priorWeight: Double
    /// The deviation of a scale's kernels, or the probability of another value
    /// of a choice.
    private let width: Double
    /// By observation: the logarithm of what truncation leaves of a kernel.
    private let logMasses: [Double]
    /// By value of a choice: the weight of its observations.
    private let choiceWeights: [Double]
    /// The weight of those that have the coordinate, and of the prior.
    private let presentWeight: Double
    let isPartial: Bool

    /// - Parameters:
    ///   - weights: one for each value.
    ///   - shrinkage: 1 for the first observation, less for more of them.
    init(_ axis: DensityAxis, _ values: [Double], weights: [Double], priorWeight: Double, shrinkage: Double) {
        self.axis = axis
        self.values = values
        self.weights = weights
        self.priorWeight = priorWeight
        isPartial = values.contains(where: \.isNaN)
        presentWeight = zip(values, weights).reduce(priorWeight) { $0 + ($1.0.isNaN ? 0 : $1.1) }
        switch axis {
        case .scale(let cell):
            let width = max(0.2 * shrinkage, 0.01, cell / 2)
            self.width = width
            logMasses = values.map { $0.isNaN ? 0 : Self.logMass(around: $0, width) }
            choiceWeights = []
        case .choice(let count):
            width = max(0.5 * shrinkage, 0.05) * Double(count - 1) / Double(max(count, 1))
            logMasses = []
            var sums = [Double](repeating: 0, count: count)
            for (value, weight) in zip(values, weights) where !value.isNaN { sums[Int(value)] += weight }
            choiceWeights = sums
        }
    }

    private static func logMass(around mean: Double, _ width: Double) -> Double {
        let mass = StandardNormal.cumulative((1 - mean) / width) - StandardNormal.cumulative(-mean / width)
        return log(mass * width * (2 * Double.pi).squareRoot())
    }

    /// The density without any observation.
    var uniform: Double {
        if case .choice(let count) = axis { return 1 / Double(max(count, 1)) }
        return 1
    }

    /// The density among the observations that have the coordinate.
    func density(at value: Double) -> Double {
        var sum = priorWeight * uniform
        switch axis {
        case .scale:
            let factor = -0.5 / (width * width)
            for index in values.indices {
                let distance = value - values[index]
                if distance.isNaN { continue }
                sum += weights[index] * exp(factor * distance * distance - logMasses[index])
            }
        case .choice:
            let same = choiceWeights[Int(value)]
            sum += same * (1 - width) + (presentWeight - priorWeight - same) * otherProbability
        }
        return sum / presentWeight
    }

    /// Adds the logarithm of each observation's kernel.
    /// - Parameter absent: for those that have none.
    func addLogKernels(at value: Double, absent: Double, to terms: inout [Double]) {
        switch axis {
        case .scale:
            let factor = -0.5 / (width * width)
            for index in terms.indices {
                let distance = value - values[index]
                terms[index] += distance.isNaN ? absent : factor * distance * distance - logMasses[index]
            }
        case .choice:
            let (same, other) = (log(1 - width), log(max(otherProbability, .leastNormalMagnitude)))
            for index in terms.indices {
                terms[index] += values[index].isNaN ? absent : values[index] == value ? same : other
            }
        }
    }

    /// Of each other value of a choice.
    private var otherProbability: Double { width / Double(max(choiceWeights.count - 1, 1)) }

    func isPresent(in index: Int) -> Bool { !values[index].isNaN }

    /// A value near an observation's; uniform for nil.
    func draw(near index: Int?, _ generator: inout SeededGenerator) -> Double {
        guard let index, isPresent(in: index) else {
            if case .choice(let count) = axis { return Double(generator.index(below: count)) }
            return generator.uniform()
        }
        let centre = values[index]
        if case .choice(let count) = axis {
            guard count > 1, generator.uniform() < width else { return centre }
            return Double((Int(centre) + 1 + generator.index(below: count - 1)) % count)
        }
        let low = StandardNormal.cumulative(-centre / width)
        let high = StandardNormal.cumulative((1 - centre) / width)
        let quantile = StandardNormal.quantile(low + (high - low) * generator.uniform())
        return min(max(centre + width * quantile, 0), 1)
    }
}
