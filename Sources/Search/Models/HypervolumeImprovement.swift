import Foundation

/// By how much a point is expected to raise the hypervolume of a front, when
/// its losses are independent normal variables, or known.
///
/// Exact: the improvement is the sum over the open boxes of the product over
/// losses of how much of the box's side the point covers, and the expectation
/// of a product of independent factors is the product of theirs (Emmerich et
/// al. 2011; Yang et al. 2019). In logarithms, so that points far from any
/// improvement can still be told apart (Ament et al. 2023).
package struct HypervolumeImprovement: Sendable {
    private let cells: NonDominatedCells

    package init(front: [[Double]], reference: [Double]) {
        cells = NonDominatedCells(front: front, reference: reference)
    }

    /// The logarithm of the expectation, -infinity where there is none.
    /// - Parameters:
    ///   - means: one per loss.
    ///   - deviations: 0 for a known loss.
    package func logarithm(means: [Double], deviations: [Double]) -> Double {
        var scale = 0.0
        var covered: [[Double]] = []
        for loss in means.indices {
            let thresholds = cells.thresholds[loss]
            let whole = Self.logCovered(thresholds[thresholds.count - 1], means[loss], deviations[loss])
            guard whole > -.infinity else { return -.infinity }
            scale += whole
            covered.append(
                thresholds.map { exp(Self.logCovered($0, means[loss], deviations[loss]) - whole) })
        }
        var sum = 0.0
        for box in cells.boxes {
            var product = 1.0
            for loss in covered.indices where product > 0 {
                let (lower, upper) = (box[2 * loss], box[2 * loss + 1])
                let below = lower < 0 ? 0 : covered[loss][lower]
                product *= max(covered[loss][upper] - below, 0)
            }
            sum += product
        }
        return sum > 0 ? scale + log(sum) : scale - 800
    }

    /// `log E[max(t - Y, 0)]` of a normal Y.
    static func logCovered(_ threshold: Double, _ mean: Double, _ deviation: Double) -> Double {
        guard deviation > 0 else { return threshold > mean ? log(threshold - mean) : -.infinity }
        return log(deviation) + logGain((threshold - mean) / deviation)
    }

    /// `log(φ(z) + z·Φ(z))`, without cancellation for small z (Ament et al.
    /// 2023, equation 9).
    static func logGain(_ z: Double) -> Double {
        let density = -z * z / 2 - 0.5 * log(2 * .pi)
        if z > -1 { return log(exp(density) + z * StandardNormal.cumulative(z)) }
        if z > -20 {
            let ratio = 0.5 * exp(z * z / 2) * erfc(-z / 2.0.squareRoot()) * (2 * .pi).squareRoot()
            return density + log(max(1 + z * ratio, .leastNormalMagnitude))
        }
        return density - 2 * log(-z)
    }

    /// `log Φ(z)`.
    static func logNormalShare(_ z: Double) -> Double {
        z > -20 ? log(StandardNormal.cumulative(z)) : -z * z / 2 - 0.5 * log(2 * .pi) - log(-z)
    }
}
