import Experiments
import Foundation

/// A density over vectors some of whose coordinates are absent: a mixture of
/// one product of kernels for each observation, and a uniform one as the
/// prior.
///
/// Scales have truncated normal kernels, choices those of Aitchison and Aitken
/// (1976). An observation without a coordinate says nothing of it: there it
/// takes the mixture of those that have it.
struct KernelMixture: Sendable {
    /// How wide kernels are.
    struct Bandwidth: Sendable {
        /// Of n observations: `factor` n^(-1 / (4 + dimensions)).
        var factor = 0.2
        var smallest = 0.01
        /// The probability of another value of a choice, at first and at last.
        var change = 0.5
        var smallestChange = 0.05
        var prior = 1.0
    }

    private let axes: [DensityAxis]
    /// By axis, then observation; NaN where absent.
    private let columns: [[Double]]
    private let weights: [Double]
    private let logWeights: [Double]
    private let priorWeight: Double
    /// By axis: the deviation of a scale's kernels, the probability of another
    /// value of a choice.
    private let widths: [Double]
    /// By axis, then observation: the logarithm of what truncation leaves.
    private let normalizers: [[Double]]
    private let isPartial: [Bool]

    /// - Parameters:
    ///   - points: of one length, NaN where absent.
    ///   - weights: one each, above 0.
    init(_ points: [[Double]], weights: [Double], axes: [DensityAxis], bandwidth: Bandwidth, isJoint: Bool) {
        self.axes = axes
        let columns = axes.indices.map { axis in points.map { $0[axis] } }
        self.columns = columns
        let total = weights.reduce(bandwidth.prior, +)
        self.weights = weights.map { $0 / total }
        logWeights = self.weights.map { log($0) }
        priorWeight = bandwidth.prior / total
        let counts = columns.map { column in column.count { !$0.isNaN } }
        isPartial = zip(counts, columns).map { $0 < $1.count }
        let meanDimensions = Double(counts.reduce(0, +)) / Double(max(points.count, 1))
        let dimensions = isJoint ? meanDimensions : 1
        widths = zip(axes, counts).map { axis, count in
            let shrinkage = pow(Double(max(count, 1)), -1 / (4 + dimensions))
            switch axis {
            case .scale(let cell):
                return max(bandwidth.factor * shrinkage, bandwidth.smallest, cell / 2)
            case .choice(let values):
                let change = max(bandwidth.change * shrinkage, bandwidth.smallestChange)
                return change * Double(values - 1) / Double(max(values, 1))
            }
        }
        normalizers = zip(zip(axes, columns), widths).map { pair, width in
            guard case .scale = pair.0 else { return [] }
            return pair.1.map { $0.isNaN ? 0 : Self.logMass(around: $0, width) }
        }
    }

    private static func logMass(around mean: Double, _ width: Double) -> Double {
        let mass = StandardNormal.cumulative((1 - mean) / width) - StandardNormal.cumulative(-mean / width)
        return log(mass * width * (2 * Double.pi).squareRoot())
    }

    /// The logarithm of the density of a vector's present coordinates, all
    /// together.
    func jointLogDensity(of point: [Double]) -> Double {
        var terms = logWeights
        var prior = log(priorWeight)
        for axis in axes.indices where !point[axis].isNaN {
            addKernels(axis, at: point[axis], to: &terms)
            prior += uniform(axis)
        }
        return Self.logSum(terms, prior)
    }

    /// The same with every coordinate on its own, as if they were independent.
    func independentLogDensity(of point: [Double]) -> Double {
        axes.indices.reduce(0) { $0 + (point[$1].isNaN ? 0 : marginal($1, at: point[$1])) }
    }

    /// The logarithm of the density of one coordinate among the observations
    /// that have it.
    private func marginal(_ axis: Int, at value: Double) -> Double {
        var terms = logWeights
        var mass = priorWeight
        for index in terms.indices {
            if columns[axis][index].isNaN {
                terms[index] = -.infinity
            } else {
                mass += weights[index]
                terms[index] += kernel(axis, index, at: value)
            }
        }
        return Self.logSum(terms, log(priorWeight) + uniform(axis)) - log(mass)
    }

    private func addKernels(_ axis: Int, at value: Double, to terms: inout [Double]) {
        let absent = isPartial[axis] ? marginal(axis, at: value) : 0
        let column = columns[axis]
        switch axes[axis] {
        case .scale:
            let factor = -0.5 / (widths[axis] * widths[axis])
            let normalizers = normalizers[axis]
            for index in terms.indices {
                let distance = value - column[index]
                terms[index] += distance.isNaN ? absent : factor * distance * distance - normalizers[index]
            }
        case .choice(let count):
            let (same, other) = Self.choices(count, widths[axis])
            for index in terms.indices {
                terms[index] += column[index].isNaN ? absent : column[index] == value ? same : other
            }
        }
    }

    private func kernel(_ axis: Int, _ index: Int, at value: Double) -> Double {
        switch axes[axis] {
        case .scale:
            let distance = (value - columns[axis][index]) / widths[axis]
            return -0.5 * distance * distance - normalizers[axis][index]
        case .choice(let count):
            let (same, other) = Self.choices(count, widths[axis])
            return columns[axis][index] == value ? same : other
        }
    }

    private static func choices(_ count: Int, _ change: Double) -> (same: Double, other: Double) {
        (log(1 - change), count > 1 ? log(change / Double(count - 1)) : 0)
    }

    private func uniform(_ axis: Int) -> Double {
        if case .choice(let count) = axes[axis] { return -log(Double(max(count, 1))) }
        return 0
    }

    private static func logSum(_ terms: [Double], _ last: Double) -> Double {
        let largest = terms.reduce(last, max)
        return largest + log(terms.reduce(exp(last - largest)) { $0 + exp($1 - largest) })
    }
}

extension KernelMixture {
    /// The index of an observation by weight; nil is the prior.
    func draw(_ generator: inout SeededGenerator) -> Int? {
        var mark = generator.uniform() - priorWeight
        if mark < 0 { return nil }
        for (index, weight) in weights.enumerated() {
            mark -= weight
            if mark < 0 { return index }
        }
        return weights.indices.last
    }

    /// A coordinate near an observation's; near that of another one that has
    /// it where this one has none.
    func draw(_ axis: Int, near index: Int?, _ generator: inout SeededGenerator) -> Double {
        var index = index
        for _ in 0..<20 where index.map({ columns[axis][$0].isNaN }) ?? false { index = draw(&generator) }
        let centre = index.map { columns[axis][$0] } ?? .nan
        switch axes[axis] {
        case .scale:
            if centre.isNaN { return generator.uniform() }
            let low = StandardNormal.cumulative(-centre / widths[axis])
            let high = StandardNormal.cumulative((1 - centre) / widths[axis])
            let quantile = StandardNormal.quantile(low + (high - low) * generator.uniform())
            return min(max(centre + widths[axis] * quantile, 0), 1)
        case .choice(let count):
            if centre.isNaN { return Double(generator.index(below: count)) }
            guard count > 1, generator.uniform() < widths[axis] else { return centre }
            return Double((Int(centre) + 1 + generator.index(below: count - 1)) % count)
        }
    }
}
