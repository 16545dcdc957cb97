import Foundation
public import Experiments

/// One trial of a front for those who want one.
public enum Picks {
    /// The member farthest below the plane through the front's extremes, each
    /// objective scaled to the front's own range, in log10 where all its
    /// values are positive and span more than a factor of ten (the bend of the
    /// curve; Das 1999). Ties, as between the two ends of a front, go to the
    /// better first objective; nil for an empty front.
    public static func knee(of front: [Trial], objectives: [Objective]) -> Trial? {
        var sums = [Double](repeating: 0, count: front.count)
        for objective in objectives {
            for (index, position) in positions(front, objective).enumerated() { sums[index] += position }
        }
        let losses = front.map { trial in
            objectives.first.flatMap { objective in trial.value(of: objective.metric).map(objective.minimized)
            }
                ?? .infinity
        }
        // Rounding must not decide between equals.
        return front.indices.min { a, b in
            (Float(sums[a]), losses[a], front[a].number) < (Float(sums[b]), losses[b], front[b].number)
        }.map { front[$0] }
    }

    /// The member with the best first objective, the lowest number on ties; nil
    /// for an empty front.
    public static func best(of front: [Trial], objectives: [Objective]) -> Trial? {
        objectives.first.flatMap { objective in
            front.compactMap { trial in
                trial.value(of: objective.metric).map { (trial, objective.minimized($0)) }
            }
            .min { ($0.1, $0.0.number) < ($1.1, $1.0.number) }?.0
        }
    }

    /// The cheapest member whose first objective is within `share` (0.01 is
    /// 1 %) of the best one's value: cheapest by the second objective, then by
    /// the others. Nil for an empty front.
    public static func cheapest(within share: Double, of front: [Trial], objectives: [Objective]) -> Trial? {
        guard let quality = objectives.first else { return nil }
        let rated = front.compactMap { trial in
            trial.value(of: quality.metric).map { (trial: trial, loss: quality.minimized($0)) }
        }
        guard let best = rated.map(\.loss).min() else { return nil }
        let bound = best + abs(best) * max(0, share)
        return rated.filter { $0.loss <= bound }.map(\.trial).min {
            costs(of: $0, objectives).lexicographicallyPrecedes(costs(of: $1, objectives))
        }
    }

    private static func costs(of trial: Trial, _ objectives: [Objective]) -> [Double] {
        let order = objectives.dropFirst() + objectives.prefix(1)
        return order.map { objective in
            trial.value(of: objective.metric).map(objective.minimized) ?? .infinity
        }
            + [Double(trial.number)]
    }

    /// From 0, the front's best, to 1, its worst; all 0 where they are equal.
    private static func positions(_ front: [Trial], _ objective: Objective) -> [Double] {
        var values = front.map { $0.value(of: objective.metric) ?? .nan }
        if let low = values.min(), let high = values.max(), low > 0, high > 10 * low {
            values = values.map(log10)
        }
        let losses = values.map(objective.minimized)
        guard let best = losses.min(), let worst = losses.max(), worst > best else {
            return losses.map { _ in 0 }
        }
        return losses.map { ($0 - best) / (worst - best) }
    }
}
