import Experiments
import Foundation
import LinearAlgebra

/// What the visible trials let one expect of others, and how much another is
/// expected to widen the front.
///
/// One Gaussian process for each loss that is not known before a trial, and one
/// for feasibility where something has failed or broken a bound.
struct SurrogateModel: Sendable {
    /// The losses that the improvement counts, by their place among the
    /// objectives: all of few, or a few of many.
    private let axes: [Int]
    private let scales: [LossScale]
    /// Nil where the loss is known.
    private let losses: [GaussianProcess?]
    private let feasibility: GaussianProcess?
    private let improvement: HypervolumeImprovement
    /// By which a candidate's belief counts: it fades as trials come in
    /// (Hvarfner et al. 2022, "πBO").
    private let beliefWeight: Double

    /// - Returns: nil without enough measured trials.
    init?(
        _ context: ProposalContext, _ encoder: PointEncoder, known: [Bool], pending: [Candidate],
        tuning: GPTuning
    ) {
        // With more threads sums come out otherwise, and matrices of this size
        // gain nothing.
        BLAS.setThreads(1)
        let axes = Self.axes(context)
        let objectives = axes.map { context.objectives[$0] }
        let known = axes.map { known[$0] }
        let pending = pending.map { $0.keeping(axes) }
        let trials = TrialRows(context, encoder, keeping: axes)
        beliefWeight = tuning.priorWeight / Double(max(trials.rows.count, 1))
        let measured = trials.measured
        guard measured.count >= 2 else { return nil }
        var generator = SeededGenerator(seed: context.seed, purpose: "gp fit", UInt64(context.number))
        let fit = ProcessFit(
            covariance: encoder.covariance(hasFidelities: trials.hasFidelities, tuning: tuning),
            tuning: tuning)
        let scales = Self.scales(objectives, context, trials, known: known, tuning)
        var losses: [GaussianProcess?] = []
        for objective in known.indices {
            guard !known[objective] else {
                losses.append(nil)
                continue
            }
            let process = fit.process(measured, &generator) { row in
                row.losses.map { scales[objective].value($0[objective]) } ?? 0
            }
            guard let process else { return nil }
            losses.append(process)
        }
        let others = DoubleMatrix(pending.map(\.coordinates), columns: encoder.groups.count)
        self.axes = axes
        self.scales = scales
        self.losses = losses.map { $0?.believing(others) }
        feasibility =
            trials.hasInfeasible
            ? fit.process(trials.rows, &generator) { TrialRows.isInfeasible($0) ? 1 : -1 } : nil
        let front =
            Self.incumbents(trials, scales, losses)
            + Self.expected(pending, scales, losses)
        improvement = HypervolumeImprovement(
            front: front,
            reference: Self.reference(
                objectives, context, scales, measured: measured, front: front, tuning: tuning))
    }

    /// The boxes that a front leaves open grow as its size to the power of the
    /// losses less one: of more than three, each proposal looks at three that
    /// it draws.
    private static func axes(_ context: ProposalContext) -> [Int] {
        let most = 3
        var axes = Array(context.objectives.indices)
        guard axes.count > most else { return axes }
        var generator = SeededGenerator(seed: context.seed, purpose: "gp objectives", UInt64(context.number))
        while axes.count > most { axes.remove(at: generator.index(below: axes.count)) }
        return axes
    }

    private static func scales(
        _ objectives: [Objective], _ context: ProposalContext, _ trials: TrialRows, known: [Bool],
        _ tuning: GPTuning
    ) -> [LossScale] {
        let losses = trials.measured.compactMap(\.losses)
        let front = (NonDominatedSort.fronts(losses).first ?? []).map { losses[$0] }
        return known.indices.map { index in
            let objective = objectives[index]
            let reference = context.reference(of: objective)
            return LossScale(
                objective, losses: losses.map { $0[index] }, front: front.map { $0[index] },
                isLogarithmic: reference?.isLogarithmic ?? false,
                compresses: tuning.compresses && !known[index])
        }
    }

    /// What finished trials would reach again: the processes' means for losses
    /// that training decides, so that luck is not taken for quality. Trials
    /// that the space does not contain, derived ones and known losses count as
    /// they are.
    private static func incumbents(
        _ trials: TrialRows, _ scales: [LossScale], _ losses: [GaussianProcess?]
    ) -> [[Double]] {
        let feasible = trials.measured.filter { !TrialRows.isInfeasible($0) }
        let complete = feasible.filter { $0.fidelity == 1 }
        let rows = complete.isEmpty ? feasible : complete
        let points = DoubleMatrix(rows)
        let means = losses.map { $0?.predict(points).means }
        let trained = rows.indices.map { row in
            scales.indices.map { means[$0]?[row] ?? scales[$0].value(rows[row].losses?[$0] ?? 0) }
        }
        return trained + trials.derived.map { losses in zip(scales, losses).map { $0.value($1) } }
    }

    private static func expected(
        _ pending: [Candidate], _ scales: [LossScale], _ losses: [GaussianProcess?]
    ) -> [[Double]] {
        guard let first = pending.first else { return [] }
        let points = DoubleMatrix(pending.map(\.coordinates), columns: first.coordinates.count)
        let means = losses.map { $0?.predict(points).means }
        return pending.indices.map { row in
            scales.indices.map { means[$0]?[row] ?? scales[$0].value(pending[row].known[$0] ?? 0) }
        }
    }

    /// The study's own bounds where they are known and something lies within
    /// them; else a tenth of the range beyond the worst of all trials: with the
    /// front's own worst, a front that begins in a corner would stay there.
    private static func reference(
        _ objectives: [Objective], _ context: ProposalContext, _ scales: [LossScale],
        measured: [TrialRows.Row], front: [[Double]], tuning: GPTuning
    ) -> [Double] {
        let observed = scales.indices.map { index in
            let values = measured.compactMap { $0.losses.map { scales[index].value($0[index]) } }
            let (low, high) = (values.min() ?? 0, values.max() ?? 0)
            let best = (NonDominatedSort.fronts(front).first ?? []).map { front[$0][index] }
            let nadir = best.max() ?? high
            return nadir + tuning.referenceReach * (high - nadir) + 0.1 * max(nadir - low, 0.1)
        }
        let stated = scales.indices.map { index in
            let objective = objectives[index]
            return context.reference(of: objective)
                .map { scales[index].value(objective.minimized($0.worst)) } ?? observed[index]
        }
        let isWithin = front.contains { point in zip(point, stated).allSatisfy { $0 < $1 } }
        return isWithin ? stated : zip(observed, stated).map { max($0, $1) }
    }
}

extension SurrogateModel {
    /// The logarithm of the expected improvement times the probability of
    /// being feasible, for each candidate. Those that break bounds on exact
    /// costs come after all others.
    func scores(of candidates: [Candidate]) -> [Double] {
        guard let first = candidates.first else { return [] }
        let points = DoubleMatrix(candidates.map(\.coordinates), columns: first.coordinates.count)
        let predictions = losses.map { $0?.predict(points) }
        let bounds = feasibility?.predict(points)
        return candidates.indices.map { row in
            var (means, deviations) = ([Double](), [Double]())
            for index in scales.indices {
                means.append(
                    predictions[index]?.means[row]
                        ?? scales[index].value(candidates[row].known[axes[index]] ?? 0))
                deviations.append(predictions[index]?.deviations[row] ?? 0)
            }
            var score = max(improvement.logarithm(means: means, deviations: deviations), -1e5)
            score += beliefWeight * candidates[row].belief
            if let bounds {
                score += HypervolumeImprovement.logNormalShare(-bounds.means[row] / bounds.deviations[row])
            }
            return candidates[row].violation > 0 ? -1e6 * (1 + candidates[row].violation) : score
        }
    }
}
