import Experiments
import Foundation

/// What is believed of a covariance's hyperparameters before any outcome:
/// independent normal distributions of their logarithms.
///
/// Lengthscales grow with the root of how many there are, without which every
/// point of a space with many parameters is far from every other (Hvarfner,
/// Hellsten and Nardi 2024, "Vanilla Bayesian optimization performs great in
/// high dimensions").
package struct HyperparameterPrior: Sendable {
    package let means: [Double]
    package let deviations: [Double]

    /// What the prior says of outcomes standardised to unit variance.
    package init(for covariance: Covariance, tuning: GPTuning = GPTuning()) {
        var means = [tuning.noiseMean]
        var deviations = [tuning.noiseDeviation]
        for (index, term) in covariance.terms.enumerated() {
            let share = index == 0 ? tuning.firstVariance : tuning.otherVariance
            means.append(log(share))
            deviations.append(1)
            let scale = tuning.lengthscale * Double(max(term.groupCount, 1)).squareRoot()
            means += [Double](repeating: log(scale), count: term.groupCount)
            deviations += [Double](repeating: tuning.lengthscaleDeviation, count: term.groupCount)
        }
        self.means = means
        self.deviations = deviations
    }

    /// The negative logarithm of the density, up to a constant.
    func penalty(_ logarithms: [Double]) -> Double {
        logarithms.indices.reduce(0) { sum, index in
            let z = (logarithms[index] - means[index]) / deviations[index]
            return sum + z * z / 2
        }
    }

    func penaltyGradient(_ logarithms: [Double]) -> [Double] {
        logarithms.indices.map { (logarithms[$0] - means[$0]) / (deviations[$0] * deviations[$0]) }
    }

    func sample(_ generator: inout SeededGenerator) -> [Double] {
        means.indices.map { means[$0] + deviations[$0] * generator.normal() }
    }
}
