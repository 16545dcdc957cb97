/// Whom NSGA-II keeps: the highest rung, then constrained dominance, then
/// front, then crowding.
enum Selection {
    /// The places of the best `count` of those that have losses and an
    /// assignment, from the best to the worst.
    ///
    /// Losses of two rungs say nothing of one another, and who reached the
    /// higher one was the better at the lower: all of it come before all of the
    /// next.
    static func best(_ count: Int, of trials: [VisibleTrial]) -> [Int] {
        let rated = trials.indices.filter { trials[$0].losses != nil && trials[$0].assignment != nil }
        var chosen: [Int] = []
        for fidelity in Set(rated.map { trials[$0].fidelity }).sorted(by: >) where chosen.count < count {
            let comparable = rated.filter { trials[$0].fidelity == fidelity }
            chosen += best(count - chosen.count, of: comparable, trials)
        }
        return chosen
    }

    /// Of one rung: feasible ones by front and, within a front, by crowding
    /// distance, then infeasible ones by violation. Ties go to the lower
    /// number.
    private static func best(_ count: Int, of places: [Int], _ trials: [VisibleTrial]) -> [Int] {
        let feasible = places.filter { trials[$0].violation == 0 }
        let points = feasible.map { trials[$0].losses ?? [] }
        var chosen: [Int] = []
        for front in NonDominatedSort.fronts(points, limit: count) where chosen.count < count {
            let distances = crowding(front.map { points[$0] })
            let order = front.indices.sorted { a, b in
                let (x, y) = (trials[feasible[front[a]]].number, trials[feasible[front[b]]].number)
                return distances[a] != distances[b] ? distances[a] > distances[b] : x < y
            }
            chosen += order.map { feasible[front[$0]] }
        }
        if chosen.count < count {
            chosen += places.filter { trials[$0].violation > 0 }.sorted {
                (trials[$0].violation, trials[$0].number) < (trials[$1].violation, trials[$1].number)
            }
        }
        return Array(chosen.prefix(count))
    }

    /// The sum over coordinates of the gap between a point's two neighbours,
    /// relative to the front's range; infinite at the ends.
    static func crowding(_ points: [[Double]]) -> [Double] {
        var distances = [Double](repeating: 0, count: points.count)
        for axis in (points.first ?? []).indices {
            let order = points.indices.sorted { (points[$0][axis], $0) < (points[$1][axis], $1) }
            let range = points[order.last!][axis] - points[order.first!][axis]
            distances[order.first!] = .infinity
            distances[order.last!] = .infinity
            guard range > 0, order.count > 2 else { continue }
            for position in 1..<(order.count - 1) {
                let gap = points[order[position + 1]][axis] - points[order[position - 1]][axis]
                distances[order[position]] += gap / range
            }
        }
        return distances
    }
}
