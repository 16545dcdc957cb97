import Experiments
import LinearAlgebra

/// How a Gaussian process is made of rows: hyperparameters from a few of them,
/// outcomes from more.
struct ProcessFit: Sendable {
    let covariance: Covariance
    let tuning: GPTuning

    /// - Returns: nil where no covariance can be made.
    func process(
        _ rows: [TrialRows.Row], _ generator: inout SeededGenerator, outcome: (TrialRows.Row) -> Double
    ) -> GaussianProcess? {
        let fitted = TrialRows.subset(rows, tuning.fittedRows)
        let known = TrialRows.subset(rows, tuning.knownRows)
        let likelihood = MarginalLikelihood(
            covariance, prior: HyperparameterPrior(for: covariance, tuning: tuning),
            points: DoubleMatrix(fitted), outcomes: fitted.map(outcome))
        let starts = rows.count <= 60 ? 3 : rows.count <= 120 ? 2 : 1
        let hyperparameters = likelihood.fit(
            starts: starts, iterations: tuning.iterations, &generator)
        return GaussianProcess(
            covariance, hyperparameters: hyperparameters, points: DoubleMatrix(known),
            outcomes: known.map(outcome))
    }
}
