import Foundation
import LinearAlgebra

/// One summand of a covariance: a form over some of a point's coordinates.
///
/// Coordinates of one group share a lengthscale, as the one-hot code of a
/// choice does. Everything is a function of Euclidean distances or inner
/// products of coordinates, so any sum of terms is positive semidefinite.
package struct CovarianceTerm: Sendable {
    /// How two points are compared.
    package enum Form: Sendable {
        /// Matérn with smoothness 5/2: functions with two derivatives.
        case matern
        /// The inner product: functions that are linear in the coordinates.
        case linear
    }

    package let form: Form
    /// Which of a point's coordinates it reads.
    package let coordinates: [Int]
    /// For each of them its lengthscale, from 0.
    package let groups: [Int]
    /// How many lengthscales there are; a linear term has none.
    package let groupCount: Int

    /// - Parameter groups: the group of each coordinate of a point; renumbered
    ///   in order of appearance.
    package init(_ form: Form, coordinates: [Int], groups: [Int]) {
        self.form = form
        self.coordinates = coordinates
        var numbers: [Int: Int] = [:]
        self.groups = coordinates.map { coordinate in
            let next = numbers.count
            if form == .linear { return 0 }
            if let known = numbers[groups[coordinate]] { return known }
            numbers[groups[coordinate]] = next
            return next
        }
        groupCount = numbers.count
    }

    /// The logarithms of its variance and of its lengthscales, in one list.
    package var hyperparameterCount: Int { 1 + groupCount }

    /// The coordinates that it reads (n, m), each over its lengthscale.
    func scaled(_ points: DoubleMatrix, _ logarithms: ArraySlice<Double>) -> DoubleMatrix {
        var scales = [Double](repeating: 1, count: coordinates.count)
        if form == .matern {
            let first = logarithms.startIndex + 1
            for (index, group) in groups.enumerated() { scales[index] = exp(-logarithms[first + group]) }
        }
        var result = DoubleMatrix(rows: points.rows, columns: coordinates.count)
        for row in 0..<points.rows {
            let (source, target) = (row * points.columns, row * coordinates.count)
            for (index, coordinate) in coordinates.enumerated() {
                result.values[target + index] = points.values[source + coordinate] * scales[index]
            }
        }
        return result
    }

    /// Covariances of two sets of scaled points (n, k).
    func covariances(_ a: DoubleMatrix, _ b: DoubleMatrix, variance: Double) -> DoubleMatrix {
        var result = DoubleMatrix.product(a, b, transposingSecond: true)
        switch form {
        case .linear:
            for index in result.values.indices { result.values[index] *= variance }
        case .matern:
            let (first, second) = (Self.squaredNorms(a), Self.squaredNorms(b))
            for row in 0..<a.rows {
                let start = row * b.rows
                for column in 0..<b.rows {
                    let squared = first[row] + second[column] - 2 * result.values[start + column]
                    result.values[start + column] = variance * Self.matern(squared).value
                }
            }
        }
        return result
    }

    /// Of scaled points with themselves (n).
    func variances(_ points: DoubleMatrix, variance: Double) -> [Double] {
        switch form {
        case .matern: [Double](repeating: variance, count: points.rows)
        case .linear: Self.squaredNorms(points).map { variance * $0 }
        }
    }

    /// The Matérn function of a squared distance, and its derivative by it.
    static func matern(_ squaredDistance: Double) -> (value: Double, slope: Double) {
        let scaled = (5 * max(squaredDistance, 0)).squareRoot()
        let decay = exp(-scaled)
        return ((1 + scaled + scaled * scaled / 3) * decay, -5.0 / 6 * (1 + scaled) * decay)
    }

    static func squaredNorms(_ points: DoubleMatrix) -> [Double] {
        (0..<points.rows).map { row in
            points.values[(row * points.columns)..<((row + 1) * points.columns)].reduce(0) { $0 + $1 * $1 }
        }
    }
}

extension CovarianceTerm {
    /// Half the sum over pairs of `weights ∘ ∂K/∂h` for each of its
    /// hyperparameters h.
    /// - Parameters:
    ///   - weights: symmetric (n, n).
    ///   - points: scaled (n, m).
    func gradient(_ weights: DoubleMatrix, points: DoubleMatrix, variance: Double) -> [Double] {
        let n = points.rows
        var slopes = DoubleMatrix.product(points, points, transposingSecond: true)
        guard form == .matern else {
            return [variance / 2 * zip(slopes.values, weights.values).reduce(0) { $0 + $1.0 * $1.1 }]
        }
        let norms = Self.squaredNorms(points)
        var sums = [Double](repeating: 0, count: n)
        var total = 0.0
        for row in 0..<n {
            var sum = 0.0
            for column in 0..<n {
                let index = row * n + column
                let matern = Self.matern(norms[row] + norms[column] - 2 * slopes.values[index])
                let weight = variance * weights.values[index]
                total += weight * matern.value
                slopes.values[index] = weight * matern.slope
                sum += slopes.values[index]
            }
            sums[row] = sum
        }
        return [total / 2] + lengthscaleGradient(slopes, sums, points)
    }

    /// `-Σ H (zᵢ - zⱼ)²` over pairs, for the coordinates of each group.
    private func lengthscaleGradient(
        _ slopes: DoubleMatrix, _ sums: [Double], _ points: DoubleMatrix
    ) -> [Double] {
        let mixed = DoubleMatrix.product(slopes, points)
        var gradient = [Double](repeating: 0, count: groupCount)
        for row in 0..<points.rows {
            let start = row * points.columns
            for (column, group) in groups.enumerated() {
                let z = points.values[start + column]
                gradient[group] -= 2 * z * (sums[row] * z - mixed.values[start + column])
            }
        }
        return gradient
    }
}
