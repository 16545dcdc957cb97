/// The part of the space of losses that a front leaves open, below a reference
/// point, as disjoint boxes.
///
/// Built by slices along the last loss, as `Hypervolume` is: with two losses
/// one box more than the front has points, with three at most the square.
package struct NonDominatedCells: Sendable {
    /// Per loss, ascending, the reference last.
    package let thresholds: [[Double]]
    /// Per box and loss the threshold below it, -1 for none, and the one above,
    /// as `[lower, upper, lower, upper, ...]`.
    package let boxes: [[Int]]

    /// - Parameters:
    ///   - front: of the reference's length; points that are dominated or not
    ///     below the reference change nothing.
    ///   - reference: above which nothing counts.
    package init(front: [[Double]], reference: [Double]) {
        let inside = front.filter { point in zip(point, reference).allSatisfy { $0 < $1 } }
        let thresholds = reference.indices.map { loss in
            Set(inside.map { $0[loss] }).sorted() + [reference[loss]]
        }
        let ranks = inside.map { point in
            point.indices.map { loss in thresholds[loss].firstIndex(of: point[loss]) ?? 0 }
        }
        self.thresholds = thresholds
        boxes = Self.boxes(ranks, tops: thresholds.map { $0.count - 1 }[...])
    }

    /// - Parameters:
    ///   - points: as indices of thresholds; entries beyond `tops` are not read.
    ///   - tops: the reference's indices.
    private static func boxes(_ points: [[Int]], tops: ArraySlice<Int>) -> [[Int]] {
        let last = tops.count - 1
        guard let top = tops.last else { return [] }
        guard last > 0 else { return [[-1, points.map { $0[0] }.min() ?? top]] }
        var result: [[Int]] = []
        var lower = -1
        for upper in Set(points.map { $0[last] }).sorted() + [top] {
            let section = points.filter { $0[last] <= lower }
            result += boxes(section, tops: tops.dropLast()).map { $0 + [lower, upper] }
            lower = upper
        }
        return result
    }
}
