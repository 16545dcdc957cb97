/// Choosing points by the hypervolume that they add, each coordinate in 0 ... 1
/// and to be made small.
enum HypervolumeSubset {
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

    /// `count` of the front's indices, each in turn the one that adds most
    /// (a greedy choice reaches 63 % of the best; Guerreiro et al. 2016).
    static func choose(_ count: Int, of front: [Int], _ points: [[Double]]) -> [Int] {
        var rest = front
        var chosen: [Int] = []
        while chosen.count < count, !rest.isEmpty {
            let base = chosen.map { points[$0] }
            let gains = rest.map { volume(base + [points[$0]]) }
            let best = gains.indices.max { (gains[$0], -rest[$0]) < (gains[$1], -rest[$1]) }!
            chosen.append(rest.remove(at: best))
        }
        return chosen
    }

    /// What each point adds to the others.
    static func contributions(of points: [[Double]]) -> [Double] {
        let all = volume(points)
        return points.indices.map { index in
            var others = points
            others.remove(at: index)
            return all - volume(others)
        }
    }

    /// With the reference a little beyond 1, so that the ends of a front count.
    private static func volume(_ points: [[Double]]) -> Double {
        Hypervolume.unit(points.map { $0.map { $0 / 1.1 } })
    }
}
