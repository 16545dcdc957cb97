import Experiments

/// DyLoRA's nested ranks (Valipour et al. 2022, arXiv 2210.07558): each step
/// trains the first rows of A and columns of B, as many as were drawn, so that
/// every rank up to the whole works by itself.
final class RankSampling: TrainingRegulator {
    var updates: [LowRankUpdate] = []

    /// One draw for all updates and passes, as a share of their ranks.
    func willPass(_ pass: Int, of step: Int, seed: UInt64) {
        var generator = SeededGenerator(seed: seed, purpose: "dylora rank", UInt64(step))
        let share = generator.uniform()
        for update in updates { update.activeRank = 1 + Int(share * Double(update.rank)) }
    }

    func didTrain() { restrict(toRank: nil) }

    /// Powers of two below the largest.
    var measurableRanks: [Int] {
        let largest = updates.map(\.rank).max() ?? 0
        return Array(sequence(first: 1) { $0 * 2 }.prefix { $0 < largest })
    }

    func restrict(toRank rank: Int?) {
        for update in updates { update.activeRank = rank.map { min($0, update.rank) } ?? update.rank }
    }
}
