import Foundation

/// The order in which trials of one rung deserve to go on.
///
/// Those that keep all constraints come first, by front. A front has no order
/// of its own, so it is covered as evenly as its length permits: from its best
/// first objective on, each next one is the farthest from all before it (the
/// epsilon-net of Schmucker et al. 2021, "Multi-objective asynchronous
/// successive halving"). Then come the others, by violation.
enum RungRanking {
    /// The numbers of the best `count`, from the best to the worst; results
    /// that lack an objective are in no order.
    static func best(_ count: Int, of results: [RungResult]) -> [Int] {
        let ranked = results.filter { $0.losses != nil }
        let feasible = ranked.filter { $0.violation == 0 }
        let points = feasible.map { $0.losses ?? [] }
        var chosen: [Int] = []
        for front in NonDominatedSort.fronts(points) where chosen.count < count {
            let order = covering(front.map { points[$0] }, with: count - chosen.count)
            chosen += order.map { feasible[front[$0]].number }
        }
        if chosen.count < count {
            chosen += ranked.filter { $0.violation > 0 }
                .sorted { ($0.violation, $0.number) < ($1.violation, $1.number) }
                .map(\.number)
        }
        return Array(chosen.prefix(count))
    }

    /// At most `count` indices of a front in lexicographic order, each the
    /// farthest from those before it.
    private static func covering(_ front: [[Double]], with count: Int) -> [Int] {
        let points = scaled(front)
        var distances = [Double](repeating: .infinity, count: points.count)
        var chosen: [Int] = []
        var next: Int? = points.isEmpty ? nil : 0
        while chosen.count < count, let index = next {
            chosen.append(index)
            distances[index] = -1
            for other in points.indices where distances[other] >= 0 {
                distances[other] = min(distances[other], squaredDistance(points[index], points[other]))
            }
            next = points.indices.filter { distances[$0] >= 0 }
                .max { (distances[$0], $1) < (distances[$1], $0) }
        }
        return chosen
    }

    private static func squaredDistance(_ a: [Double], _ b: [Double]) -> Double {
        zip(a, b).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    }

    /// Each coordinate from 0 to 1 over the front, in log10 where it is
    /// positive and spans more than a factor of ten, as `Picks` does it.
    private static func scaled(_ front: [[Double]]) -> [[Double]] {
        var scaled = front
        for axis in (front.first ?? []).indices {
            var values = front.map { $0[axis] }
            if let low = values.min(), let high = values.max(), low > 0, high > 10 * low {
                values = values.map(log10)
            }
            let (low, high) = (values.min() ?? 0, values.max() ?? 0)
            for index in scaled.indices {
                scaled[index][axis] = high > low ? (values[index] - low) / (high - low) : 0
            }
        }
        return scaled
    }
}
