/// Sorting into successive fronts: the first is dominated by nobody, the next
/// only by the first, and so on.
package enum NonDominatedSort {
    /// The points' indices by front, each front in lexicographic order of its
    /// points, ties by index.
    ///
    /// In lexicographic order nobody is dominated by a later point, so each
    /// goes into the first front, found by bisection, that holds nobody who
    /// dominates it (ENS-BS; Zhang et al. 2015). With two coordinates only a
    /// front's last point can dominate, which makes it O(n log n).
    /// - Parameters:
    ///   - points: of one length.
    ///   - limit: how many fronts are wanted; points of later ones are left
    ///     out.
    package static func fronts(_ points: [[Double]], limit: Int = .max) -> [[Int]] {
        points.first?.count == 2 ? planar(points, limit) : general(points, limit)
    }

    private static func general(_ points: [[Double]], _ limit: Int) -> [[Int]] {
        var fronts: [[Int]] = []
        let order = points.indices.sorted { a, b in
            for (x, y) in zip(points[a], points[b]) where x != y { return x < y }
            return a < b
        }
        for index in order {
            let front = bisect(fronts.count) { front in
                fronts[front].reversed().contains { Dominance.dominates(points[$0], points[index]) }
            }
            if front == limit { continue }
            if front == fronts.count { fronts.append([]) }
            fronts[front].append(index)
        }
        return fronts
    }

    private static func planar(_ points: [[Double]], _ limit: Int) -> [[Int]] {
        var fronts: [[Int]] = []
        var last: [Planar] = []
        let unordered = points.indices.map { Planar(x: points[$0][0], y: points[$0][1], index: $0) }
        for point in unordered.sorted() {
            let front = bisect(last.count) { front in
                last[front].y < point.y || (last[front].y == point.y && last[front].x < point.x)
            }
            if front == limit { continue }
            if front == last.count {
                fronts.append([])
                last.append(point)
            }
            fronts[front].append(point.index)
            last[front] = point
        }
        return fronts
    }

    private struct Planar: Comparable {
        var x: Double
        var y: Double
        var index: Int

        static func < (a: Planar, b: Planar) -> Bool {
            if a.x != b.x { return a.x < b.x }
            return a.y != b.y ? a.y < b.y : a.index < b.index
        }
    }

    /// The first of `count` fronts that does not dominate, or `count`: those
    /// that do stand before those that do not.
    private static func bisect(_ count: Int, dominates: (Int) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if dominates(middle) { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
