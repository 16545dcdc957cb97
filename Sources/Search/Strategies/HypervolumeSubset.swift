/// Choosing points by the hypervolume that they add, each coordinate in 0 ... 1
/// and to be made small. With more than three coordinates, where volumes take
/// long, by crowding distance.
enum HypervolumeSubset {
    private static let mostCoordinates = 3

    /// The best `count` of all points, front after front, of the last one those
    /// that add most.
    static func best(_ count: Int, of points: [[Double]]) -> [Int] {
        var chosen: [Int] = []
        for front in NonDominatedSort.fronts(points, limit: count) where chosen.count < count {
            let rest = count - chosen.count
            chosen += rest < front.count ? choose(rest, of: front, points) : front
        }
        return chosen
    }

    /// What each point adds to the others.
    static func contributions(of points: [[Double]]) -> [Double] {
        guard (points.first ?? []).count <= mostCoordinates else { return points.map { _ in 1 } }
        let all = volume(points)
        return points.indices.map { index in
            var others = points
            others.remove(at: index)
            return all - volume(others)
        }
    }

    private static func choose(_ count: Int, of front: [Int], _ points: [[Double]]) -> [Int] {
        let members = front.map { points[$0] }
        guard members[0].count > mostCoordinates else {
            return greedy(count, of: members).map { front[$0] }
        }
        let distances = Selection.crowding(members)
        let order = front.indices.sorted { (-distances[$0], $0) < (-distances[$1], $1) }
        return order.prefix(count).map { front[$0] }
    }

    /// In turn the point that adds most (a greedy choice reaches 63 % of the
    /// best; Guerreiro et al. 2016). What one adds only falls, so an old figure
    /// is a bound, and few are computed anew.
    private static func greedy(_ count: Int, of points: [[Double]]) -> [Int] {
        var chosen: [Int] = []
        var (base, reached) = ([[Double]](), 0.0)
        var gains = points.map { volume([$0]) }
        var rounds = [Int](repeating: 0, count: points.count)
        while chosen.count < count {
            let best = gains.indices.max { (gains[$0], -$0) < (gains[$1], -$1) }!
            if rounds[best] == chosen.count {
                chosen.append(best)
                base.append(points[best])
                reached = volume(base)
                gains[best] = -.infinity
            } else {
                gains[best] = max(0, volume(base + [points[best]]) - reached)
                rounds[best] = chosen.count
            }
        }
        return chosen
    }

    /// With the reference a little beyond 1, so that the ends of a front count.
    private static func volume(_ points: [[Double]]) -> Double {
        Hypervolume.unit(points.map { $0.map { $0 / 1.1 } })
    }
}
