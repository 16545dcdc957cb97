import Experiments
import Foundation

/// One objective's losses on the axis on which its hypervolume is measured,
/// standardised, with what is far worse than everything of interest drawn
/// nearer: a collapsed training is bad, however bad, and must not make all
/// others look alike.
struct LossScale: Sendable {
    private let objective: Objective
    private let isLogarithmic: Bool
    /// Where the logarithm takes over from the straight line, and how fast.
    private let bend: Double
    private let width: Double
    private let centre: Double
    private let spread: Double

    /// - Parameters:
    ///   - losses: of trials, to be made small.
    ///   - front: those of the trials that no other dominates, which stay on
    ///     the straight line.
    ///   - isLogarithmic: whether the axis is in log10, where all are positive.
    ///   - compresses: false for a loss that is known before it is tried.
    init(_ objective: Objective, losses: [Double], front: [Double], isLogarithmic: Bool, compresses: Bool) {
        self.objective = objective
        self.isLogarithmic = isLogarithmic && losses.allSatisfy { objective.minimized($0) > 0 }
        let usesLogarithm = self.isLogarithmic
        func axis(_ loss: Double) -> Double { Self.axis(loss, objective, usesLogarithm) }
        let sorted = losses.map(axis).sorted()
        let best = sorted.first ?? 0
        let median = sorted.isEmpty ? 0 : sorted[sorted.count / 2]
        let reach = max(median - best, 1e-9 * max(abs(best), 1))
        bend = compresses ? max(median + reach, front.map(axis).max() ?? median) : .infinity
        width = max(reach, (bend - best) / 4)
        let (bend, width) = (bend, width)
        let values = sorted.map { Self.compressed($0, bend, width) }
        let mean = values.reduce(0, +) / Double(max(values.count, 1))
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(max(values.count, 1))
        centre = mean
        spread = variance > 1e-18 * max(1, mean * mean) ? variance.squareRoot() : 1
    }

    /// Monotone in the loss.
    func value(_ loss: Double) -> Double {
        (Self.compressed(Self.axis(loss, objective, isLogarithmic), bend, width) - centre) / spread
    }

    private static func axis(_ loss: Double, _ objective: Objective, _ isLogarithmic: Bool) -> Double {
        guard isLogarithmic else { return loss }
        return objective.minimized(log10(max(objective.minimized(loss), .leastNormalMagnitude)))
    }

    private static func compressed(_ value: Double, _ bend: Double, _ width: Double) -> Double {
        value > bend ? bend + width * log1p((value - bend) / width) : value
    }
}
