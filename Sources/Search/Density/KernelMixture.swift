import Experiments
import Foundation

/// A density over vectors some of whose coordinates are absent: a mixture of
/// one product of kernels for each observation, and a uniform one as the prior,
/// which weighs as much as one observation.
///
/// Scales have truncated normal kernels, choices those of Aitchison and Aitken
/// (1976); of n observations with d coordinates each is n^(-1 / (4 + d)) as
/// wide as of one. An observation without a coordinate says nothing of it:
/// there it takes the mixture of those that have it.
struct KernelMixture: Sendable {
    private let columns: [KernelColumn]
    private let weights: [Double]
    private let logWeights: [Double]
    private let priorWeight: Double

    /// - Parameters:
    ///   - points: as long as `axes`, NaN where absent.
    ///   - weights: one each, above 0.
    init(_ points: [[Double]], weights: [Double], axes: [DensityAxis]) {
        let total = weights.reduce(1, +)
        let shares = weights.map { $0 / total }
        let prior = 1 / total
        self.weights = shares
        logWeights = shares.map { log($0) }
        priorWeight = prior
        let present = points.reduce(0) { $0 + $1.count { !$0.isNaN } }
        let exponent = -1 / (4 + Double(present) / Double(max(points.count, 1)))
        columns = axes.indices.map { axis in
            let values = points.map { $0[axis] }
            let count = values.count { !$0.isNaN }
            return KernelColumn(
                axes[axis], values, weights: shares, priorWeight: prior,
                shrinkage: pow(Double(max(count, 1)), exponent))
        }
    }

    /// The logarithm of the density of a vector's present coordinates: the
    /// geometric mean of all of them together and of each on its own, as if
    /// they were independent. The first sees what belongs together, the second
    /// needs fewer observations.
    func logDensity(of point: [Double]) -> Double {
        var terms = logWeights
        var prior = log(priorWeight)
        var independent = 0.0
        for (column, value) in zip(columns, point) where !value.isNaN {
            let own = log(column.density(at: value))
            independent += own
            prior += log(column.uniform)
            column.addLogKernels(at: value, absent: column.isPartial ? own : 0, to: &terms)
        }
        return 0.5 * (Self.logSum(terms, prior) + independent)
    }

    private static func logSum(_ terms: [Double], _ last: Double) -> Double {
        let largest = terms.reduce(last, max)
        return largest + log(terms.reduce(exp(last - largest)) { $0 + exp($1 - largest) })
    }

    /// An observation by weight; nil is the prior.
    func draw(_ generator: inout SeededGenerator) -> Int? {
        var mark = generator.uniform() - priorWeight
        if mark < 0 { return nil }
        return weights.firstIndex { weight in
            mark -= weight
            return mark < 0
        } ?? weights.indices.last
    }

    /// A coordinate near an observation's, or near that of another one where
    /// this one has none.
    func draw(_ axis: Int, near index: Int?, _ generator: inout SeededGenerator) -> Double {
        var index = index
        for _ in 0..<20 where index.map({ !columns[axis].isPresent(in: $0) }) ?? false {
            index = draw(&generator)
        }
        return columns[axis].draw(near: index, &generator)
    }
}
