package import Experiments
import Foundation

/// How the volume that a search dominates has grown with its trials: what a
/// stopping rule looks at.
///
/// Ax and Vizier stop when the last n trials improved too little, Optuna when
/// its model expects too little of the next. This looks at both without a
/// model: what n trials are expected to bring is what n of the last 2 n have
/// brought on average, so one quiet stretch after a good one does not suffice.
package struct FrontProgress: Sendable {
    /// Losses between the best (0) and the worst (1) that count; nil for a
    /// trial that cannot be on the front.
    private let points: [[Double]?]

    /// - Parameters:
    ///   - losses: of all trials that reached the last rung, in virtual order;
    ///     nil for those that failed there or break a constraint.
    ///   - bounds: of each loss; where there are none, the range of `losses`
    ///     itself, in log10 where it is positive and spans a factor of ten.
    package init(losses: [[Double]?], bounds: [LossBounds?]) {
        let known = losses.compactMap { $0 }
        let scales = bounds.enumerated().map { index, bounds in
            bounds ?? LossBounds(range: known.map { $0[index] })
        }
        points = losses.map { point in point.map { zip(scales, $0).map { $0.position(of: $1) } } }
    }

    /// Whether the rule ends the search here.
    package func satisfies(_ rule: StoppingRule) -> Bool {
        let (window, overflows) = rule.patience.multipliedReportingOverflow(by: 2)
        guard !overflows, points.count >= window else { return false }
        let now = volume(of: points.count)
        guard now > 0 else { return false }
        let last = (now - volume(of: points.count - rule.patience)) / now
        let expected = (now - volume(of: points.count - window)) / now / 2
        return max(last, expected) < rule.improvementBelow
    }

    private func volume(of count: Int) -> Double {
        let known = points.prefix(count).compactMap { $0 }
        let front = NonDominatedSort.fronts(known, limit: 1).first ?? []
        return Hypervolume.unit(front.map { known[$0] })
    }
}

/// Between what a loss counts.
package struct LossBounds: Sendable, Hashable {
    private let best: Double
    private let worst: Double
    private let isLogarithmic: Bool

    /// Of an objective, to be made small.
    package init(_ reference: Objective.Reference, of objective: Objective) {
        isLogarithmic = reference.isLogarithmic
        best = Self.scaled(objective.minimized(reference.best), isLogarithmic)
        worst = Self.scaled(objective.minimized(reference.worst), isLogarithmic)
    }

    /// The range of some losses.
    package init(range losses: [Double]) {
        let (low, high) = (losses.min() ?? 0, losses.max() ?? 1)
        isLogarithmic = low > 0 && high > 10 * low
        best = Self.scaled(low, isLogarithmic)
        worst = Self.scaled(high, isLogarithmic)
    }

    /// 0 at the best, 1 at the worst, clipped.
    package func position(of loss: Double) -> Double {
        guard worst > best else { return loss > best ? 1 : 0 }
        return min(max((Self.scaled(loss, isLogarithmic) - best) / (worst - best), 0), 1)
    }

    /// Losses of what is to be maximized are negative numbers, whose logarithm
    /// runs the other way.
    private static func scaled(_ loss: Double, _ isLogarithmic: Bool) -> Double {
        guard isLogarithmic else { return loss }
        return loss < 0 ? -log10(-loss) : log10(max(loss, .leastNormalMagnitude))
    }
}
