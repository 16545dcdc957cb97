/// Sorting into successive fronts: the first is dominated by nobody, the next
/// only by the first, and so on.
enum NonDominatedSort {
    /// The points' indices by front, each front in lexicographic order of its
    /// points, ties by index.
    ///
    /// In lexicographic order nobody is dominated by a later point, so each
    /// goes into the first front, found by bisection, that holds nobody who
    /// dominates it (ENS-BS; Zhang et al. 2015). With two coordinates only a
    /// front's last point can dominate, which makes it O(n log n).
    static func fronts(_ points: [[Double]]) -> [[Int]] {
        var fronts: [[Int]] = []
        let onlyLast = (points.first?.count ?? 0) <= 2
        for index in lexicographicOrder(points) {
            var (low, high) = (0, fronts.count)
            while low < high {
                let middle = (low + high) / 2
                let candidates = onlyLast ? fronts[middle].suffix(1) : fronts[middle][...]
                let isDominated = candidates.reversed().contains {
                    Dominance.dominates(points[$0], points[index])
                }
                if isDominated { low = middle + 1 } else { high = middle }
            }
            if low == fronts.count { fronts.append([]) }
            fronts[low].append(index)
        }
        return fronts
    }

    private static func lexicographicOrder(_ points: [[Double]]) -> [Int] {
        points.indices.sorted { a, b in
            for (x, y) in zip(points[a], points[b]) where x != y { return x < y }
            return a < b
        }
    }
}
