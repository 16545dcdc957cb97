package import LinearAlgebra

/// A Gaussian process conditioned on noisy outcomes, with fixed
/// hyperparameters (Rasmussen and Williams 2006, algorithm 2.1).
package struct GaussianProcess: Sendable {
    package let covariance: Covariance
    /// Logarithms; the first is the noise's variance.
    package let hyperparameters: [Double]
    private var points: DoubleMatrix
    private var scaled: Covariance.Scaled
    private var outcomes: [Double]
    private var factor: CholeskyFactor
    private var weights: [Double]

    /// - Parameters:
    ///   - points: one per row.
    ///   - outcomes: as many, standardised.
    /// - Returns: nil for hyperparameters or points that make no covariance.
    package init?(
        _ covariance: Covariance, hyperparameters: [Double], points: DoubleMatrix, outcomes: [Double]
    ) {
        let scaled = covariance.scaled(points, hyperparameters)
        guard let factor = CholeskyFactor(covariance.noisy(scaled, hyperparameters)) else { return nil }
        self.covariance = covariance
        self.hyperparameters = hyperparameters
        self.points = points
        self.scaled = scaled
        self.outcomes = outcomes
        self.factor = factor
        weights = factor.solve(outcomes)
    }

    /// What is expected at points, without noise.
    package struct Prediction: Sendable {
        package var means: [Double]
        /// Standard deviations.
        package var deviations: [Double]
    }

    /// - Parameter candidates: one per row.
    package func predict(_ candidates: DoubleMatrix) -> Prediction {
        let scaledCandidates = covariance.scaled(candidates, hyperparameters)
        let cross = covariance.between(scaledCandidates, scaled, hyperparameters)
        let halves = factor.halfSolve(rows: cross)
        let explained = CovarianceTerm.squaredNorms(halves)
        let variances = covariance.variances(scaledCandidates, hyperparameters)
        return Prediction(
            means: DoubleMatrix.product(cross, weights),
            deviations: zip(variances, explained).map { max($0 - $1, 1e-12 * $0).squareRoot() })
    }

    /// The process as if each point had turned out as expected: it knows no
    /// better what lies elsewhere, and is sure of those points (the Kriging
    /// believer; Ginsbourger, Le Riche and Carraro 2010).
    /// - Parameter pending: one per row.
    package func believing(_ pending: DoubleMatrix) -> GaussianProcess {
        guard pending.rows > 0 else { return self }
        let means = predict(pending).means
        let joined = DoubleMatrix(
            (0..<(points.rows + pending.rows)).map { row in
                row < points.rows ? points.row(row) : pending.row(row - points.rows)
            }, columns: points.columns)
        return GaussianProcess(
            covariance, hyperparameters: hyperparameters, points: joined, outcomes: outcomes + means) ?? self
    }
}

extension DoubleMatrix {
    func row(_ index: Int) -> [Double] { Array(values[(index * columns)..<((index + 1) * columns)]) }
}
