/// The numbers of the Gaussian process strategy, found by experiment on
/// synthetic problems (docs/decisions/0016-gaussian-process-search.md).
package struct GPTuning: Sendable {
    /// Of the logarithm of the noise's variance.
    package var noiseMean = -7.0
    package var noiseDeviation = 2.0
    /// Typical variance of the first term and of the others.
    package var firstVariance = 0.7
    package var otherVariance = 0.2
    /// The typical lengthscale of one parameter, in ranges of its domain.
    package var lengthscale = 0.6
    package var lengthscaleDeviation = 1.0
    /// Trials from the prior before the first that the model proposes.
    package var literalStart = 10
    package var nativeStart = 7
    /// Rows that hyperparameters are fitted to, and that a model knows.
    package var fittedRows = 160
    package var knownRows = 320
    package var iterations = 30
    /// First candidates of the acquisition's search, and its descents.
    package var priorCandidates = 300
    package var childCandidates = 400
    package var descents = 4
    package var rounds = 10
    package var neighbours = 24
    /// How many trials the prior of settings counts as.
    package var priorWeight = 12.0
    /// How far the reference point lies from the front's worst to that of all.
    package var referenceReach = 1.0
    /// Whether outcomes far worse than the front are drawn nearer.
    package var compresses = true
    package var hasLinearTerm = true
    package var hasSharedTerm = true

    package init() {}
}
