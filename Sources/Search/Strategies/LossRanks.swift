/// Losses by their order alone, so that no unit and no scale matters.
enum LossRanks {
    /// Each coordinate as the share of points that have a smaller one, 0 to
    /// just under 1.
    static func unit(_ points: [[Double]]) -> [[Double]] {
        var ranks = points
        for axis in (points.first ?? []).indices {
            let order = points.indices.sorted { (points[$0][axis], $0) < (points[$1][axis], $1) }
            var rank = 0
            for (place, index) in order.enumerated() {
                if place > 0, points[index][axis] > points[order[place - 1]][axis] { rank = place }
                ranks[index][axis] = Double(rank) / Double(points.count)
            }
        }
        return ranks
    }
}
