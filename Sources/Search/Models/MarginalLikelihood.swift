package import Experiments
import Foundation
package import LinearAlgebra

/// The negative logarithm of the posterior density of hyperparameters given
/// outcomes, which a fit makes small.
package struct MarginalLikelihood: Sendable {
    let covariance: Covariance
    let prior: HyperparameterPrior
    let points: DoubleMatrix
    let outcomes: [Double]

    package init(
        _ covariance: Covariance, prior: HyperparameterPrior, points: DoubleMatrix, outcomes: [Double]
    ) {
        self.covariance = covariance
        self.prior = prior
        self.points = points
        self.outcomes = outcomes
    }

    /// Beyond these a logarithm of a variance or lengthscale means nothing.
    private static let bounds = -16.0...12.0

    /// Nil where the covariance cannot be factorised.
    package func evaluate(_ logarithms: [Double]) -> (value: Double, gradient: [Double])? {
        guard logarithms.allSatisfy(Self.bounds.contains) else { return nil }
        let scaled = covariance.scaled(points, logarithms)
        guard let factor = CholeskyFactor(covariance.noisy(scaled, logarithms)),
            var weights = factor.inverse()
        else { return nil }
        let solved = factor.solve(outcomes)
        let n = outcomes.count
        for row in 0..<n {
            let (start, scale) = (row * n, solved[row])
            for column in 0..<n { weights.values[start + column] -= scale * solved[column] }
        }
        let fit = zip(outcomes, solved).reduce(0) { $0 + $1.0 * $1.1 }
        let gradient = zip(
            covariance.gradient(weights, points: scaled, logarithms), prior.penaltyGradient(logarithms)
        ).map { $0 + $1 }
        return ((fit + factor.logDeterminant) / 2 + prior.penalty(logarithms), gradient)
    }

    /// The best hyperparameters from the prior's centre and from the best of
    /// some draws of it.
    /// - Parameters:
    ///   - starts: how many descents, at least 1.
    ///   - iterations: of each.
    package func fit(starts: Int, iterations: Int, _ generator: inout SeededGenerator) -> [Double] {
        var origins = [prior.means]
        if starts > 1 {
            let draws = (0..<(4 * (starts - 1))).map { _ in prior.sample(&generator) }
            let valued = draws.map { ($0, evaluate($0)?.value ?? .infinity) }
            origins += valued.sorted { $0.1 < $1.1 }.prefix(starts - 1).map(\.0)
        }
        let minimizer = QuasiNewtonMinimizer(iterations: iterations)
        let minima = origins.compactMap { minimizer.minimize(from: $0, evaluate) }
        return minima.min { $0.value < $1.value }?.point ?? prior.means
    }
}
