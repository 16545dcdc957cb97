import Foundation
import LinearAlgebra

/// A sum of terms, a constant and independent noise.
package struct Covariance: Sendable {
    package let terms: [CovarianceTerm]
    /// Of the unknown mean of standardised outcomes.
    static let constantVariance = 1.0

    package init(_ terms: [CovarianceTerm]) { self.terms = terms }

    /// The logarithm of the noise's variance, then the terms' own.
    package var hyperparameterCount: Int { 1 + terms.reduce(0) { $0 + $1.hyperparameterCount } }

    /// Where the terms' hyperparameters stand.
    private var ranges: [Range<Int>] {
        var start = 1
        return terms.map { term in
            defer { start += term.hyperparameterCount }
            return start..<(start + term.hyperparameterCount)
        }
    }

    /// Points with the hyperparameters that they are compared by.
    struct Scaled: Sendable {
        /// One matrix per term.
        var terms: [DoubleMatrix]
        var count: Int
    }

    func scaled(_ points: DoubleMatrix, _ logarithms: [Double]) -> Scaled {
        Scaled(
            terms: zip(terms, ranges).map { $0.scaled(points, logarithms[$1]) }, count: points.rows)
    }

    /// Between two sets of points, without noise (n, k).
    func between(_ a: Scaled, _ b: Scaled, _ logarithms: [Double]) -> DoubleMatrix {
        var sum = DoubleMatrix(rows: a.count, columns: b.count)
        for index in sum.values.indices { sum.values[index] = Self.constantVariance }
        for (index, range) in ranges.enumerated() {
            let part = terms[index].covariances(
                a.terms[index], b.terms[index], variance: exp(logarithms[range.lowerBound]))
            for entry in sum.values.indices { sum.values[entry] += part.values[entry] }
        }
        return sum
    }

    /// Of each point with itself, without noise (n).
    func variances(_ points: Scaled, _ logarithms: [Double]) -> [Double] {
        var sum = [Double](repeating: Self.constantVariance, count: points.count)
        for (index, range) in ranges.enumerated() {
            let part = terms[index].variances(
                points.terms[index], variance: exp(logarithms[range.lowerBound]))
            for entry in sum.indices { sum[entry] += part[entry] }
        }
        return sum
    }

    /// Of points whose outcomes are noisy (n, n).
    func noisy(_ points: Scaled, _ logarithms: [Double]) -> DoubleMatrix {
        var matrix = between(points, points, logarithms)
        let noise = exp(logarithms[0])
        for index in 0..<points.count { matrix[index, index] += noise }
        return matrix
    }

    /// Half the sum over pairs of `weights ∘ ∂K/∂h` for every hyperparameter.
    func gradient(_ weights: DoubleMatrix, points: Scaled, _ logarithms: [Double]) -> [Double] {
        let trace = (0..<points.count).reduce(0) { $0 + weights[$1, $1] }
        var gradient = [exp(logarithms[0]) / 2 * trace]
        for (index, range) in ranges.enumerated() {
            gradient += terms[index].gradient(
                weights, points: points.terms[index], variance: exp(logarithms[range.lowerBound]))
        }
        return gradient
    }
}
