public import Experiments
import Foundation

/// How much each parameter decides whether a trial is among the best: how far
/// the distribution of its values there differs from that in all trials
/// (PED-ANOVA, Watanabe et al. 2023, arXiv 2304.10255, with absent parameters
/// as in its conditional form, arXiv 2601.20800).
///
/// In a native space the many sizes are summed up by component: whether it is
/// there, its `size` (the sum of ranks, widths or lengths) and its
/// `lowest_layer`.
public struct ParameterImportance: Sendable, Hashable {
    /// Of one parameter or group.
    public struct Entry: Sendable, Hashable {
        /// As in the space, or `component`, `component.size`,
        /// `component.lowest_layer`.
        public var name: String
        /// The share of the sum of all, 0 ... 1.
        public var share: Double
        /// The 5 % and 95 % quantiles of the share when trials are drawn again
        /// with replacement; nil where that was not asked for.
        public var interval: ClosedRange<Double>?
        /// In how many trials it was present.
        public var trials: Int
    }

    /// From the most important on.
    public var entries: [Entry]
    /// Finished trials that were looked at.
    public var trials: Int
    /// How many of them count as the best.
    public var best: Int

    /// The importances in a study as its trials stand.
    /// - Parameters:
    ///   - trials: finished ones with all objectives are looked at.
    ///   - objective: a metric whose best values are asked for; nil asks for the
    ///     front, whatever its objectives weigh.
    ///   - share: which share of the trials counts as the best; nil is a tenth,
    ///     but 8 trials where there are 16.
    ///   - resamples: how often trials are drawn again for the intervals; below
    ///     2 there are none.
    /// - Throws: an unknown objective, a share outside 0 ..< 1, fewer than 4
    ///   trials.
    public init(
        of study: Study, trials: [Trial], objective: String? = nil, share: Double? = nil, resamples: Int = 200
    ) throws(InputError) {
        let sample = try ImportanceSample(of: study, trials: trials, objective: objective)
        if let share, !(share > 0 && share < 1) {
            throw InputError("share", reason: "\(share) is not between 0 and 1")
        }
        let count = sample.count
        let usual = max(Int((0.1 * Double(count)).rounded(.up)), min(8, count / 2))
        let best = share.map { max(1, Int(($0 * Double(count)).rounded(.up))) } ?? usual
        let shares = sample.shares(best: best, of: Array(0..<count))
        let intervals = resamples < 2 ? nil : sample.intervals(best: best, resamples, seed: study.seed)
        self.trials = count
        self.best = best
        entries = sample.features.indices.map { index in
            Entry(
                name: sample.features[index].name, share: shares[index], interval: intervals?[index],
                trials: sample.presence(of: index))
        }.sorted { ($1.share, $0.name) < ($0.share, $1.name) }
    }
}
