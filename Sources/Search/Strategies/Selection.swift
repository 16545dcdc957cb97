/// Whom NSGA-II keeps: the highest rung, then constrained dominance, then
/// front, then crowding.
enum Selection {
    /// The best `count`, from the best to the worst. Losses of two rungs say
    /// nothing of one another, and who reached the higher one was the better
    /// at the lower: all of it come before all of the next.
    /// - Parameter trials: all with losses.
    static func best(_ count: Int, of trials: [VisibleTrial]) -> [VisibleTrial] {
        guard let first = trials.first, trials.contains(where: { $0.fidelity != first.fidelity }) else {
            return comparable(count, of: trials)
        }
        var chosen: [VisibleTrial] = []
        for fidelity in Set(trials.map(\.fidelity)).sorted(by: >) where chosen.count < count {
            chosen += comparable(count - chosen.count, of: trials.filter { $0.fidelity == fidelity })
        }
        return chosen
    }

    /// Of one rung: feasible ones by front and, within a front, by crowding
    /// distance, then infeasible ones by violation. Ties go to the lower
    /// number.
    private static func comparable(_ count: Int, of trials: [VisibleTrial]) -> [VisibleTrial] {
        let feasible = trials.allSatisfy { $0.violation == 0 } ? trials : trials.filter { $0.violation == 0 }
        var chosen: [VisibleTrial] = []
        let points = feasible.map { $0.losses ?? [] }
        for front in NonDominatedSort.fronts(points) where chosen.count < count {
            let distances = crowding(front.map { points[$0] })
            let order = front.indices.sorted { a, b in
                let (x, y) = (feasible[front[a]].number, feasible[front[b]].number)
                return distances[a] != distances[b] ? distances[a] > distances[b] : x < y
            }
            chosen += order.map { feasible[front[$0]] }
        }
        if chosen.count < count {
            chosen += trials.filter { $0.violation > 0 }
                .sorted { ($0.violation, $0.number) < ($1.violation, $1.number) }
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
