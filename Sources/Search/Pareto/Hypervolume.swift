/// The volume that a set of points dominates within the unit cube: every
/// coordinate to be made small, the reference point (1, ..., 1), so 0 ... 1.
public enum Hypervolume {
    /// Exact. Two dimensions take O(n log n); three are cut into slices along
    /// the last one (Zitzler 1999), O(n^2 log n); of more, each point's own part
    /// is what it dominates without what the points behind it do, limited to
    /// it (While et al. 2012, "A fast way of calculating exact hypervolumes").
    /// - Parameter points: of one length; coordinates outside 0 ... 1 are
    ///   clipped.
    public static func unit(_ points: [[Double]]) -> Double {
        guard let dimensions = points.first?.count, dimensions > 0 else { return 0 }
        let clipped = points.map { point in point.map { min(max($0, 0), 1) } }
        return volume(clipped.filter { !$0.contains(1) }, dimensions: dimensions)
    }

    private static func volume(_ points: [[Double]], dimensions: Int) -> Double {
        switch dimensions {
        case 1: 1 - (points.map { $0[0] }.min() ?? 1)
        case 2: area(points)
        case 3: slices(points, dimensions: dimensions)
        default: exclusiveParts(points, dimensions: dimensions)
        }
    }

    private static func area(_ points: [[Double]]) -> Double {
        var area = 0.0
        var ceiling = 1.0
        for point in points.sorted(by: { ($0[0], $0[1]) < ($1[0], $1[1]) }) where point[1] < ceiling {
            area += (1 - point[0]) * (ceiling - point[1])
            ceiling = point[1]
        }
        return area
    }

    private static func exclusiveParts(_ points: [[Double]], dimensions: Int) -> Double {
        // Limited to the one that has most of the last coordinate, the others are
        // alike in it, and few of them stay undominated.
        var rest = undominated(points).sorted { $0[dimensions - 1] < $1[dimensions - 1] }
        var volume = 0.0
        while let point = rest.popLast() {
            let limited = rest.map { other in zip(other, point).map { max($0, $1) } }
            volume += point.reduce(1) { $0 * (1 - $1) } - self.volume(limited, dimensions: dimensions)
        }
        return volume
    }

    private static func undominated(_ points: [[Double]]) -> [[Double]] {
        var kept: [[Double]] = []
        for point in points
        where !kept.contains(where: { $0 == point || Dominance.dominates($0, point) }) {
            kept.removeAll { Dominance.dominates(point, $0) }
            kept.append(point)
        }
        return kept
    }

    /// Between two neighbouring values of the last coordinate the cross
    /// section is that of all points below.
    private static func slices(_ points: [[Double]], dimensions: Int) -> Double {
        let last = dimensions - 1
        let sorted = points.sorted { $0[last] < $1[last] }
        var volume = 0.0
        var section: [[Double]] = []
        for (index, point) in sorted.enumerated() {
            let projected = Array(point.prefix(last))
            if !section.contains(where: { $0 == projected || Dominance.dominates($0, projected) }) {
                section.removeAll { Dominance.dominates(projected, $0) }
                section.append(projected)
            }
            let top = index + 1 < sorted.count ? sorted[index + 1][last] : 1
            if top > point[last] { volume += (top - point[last]) * self.volume(section, dimensions: last) }
        }
        return volume
    }
}
