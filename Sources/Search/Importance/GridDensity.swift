import Foundation

/// A smoothed histogram: the probabilities of the points of a grid, as
/// PED-ANOVA estimates them (Watanabe et al. 2023, arXiv 2304.10255).
///
/// An ordered grid has normal kernels whose width follows Scott's rule (1992),
/// any other one counts that lean a little to each value; both have a weak
/// uniform prior.
struct GridDensity: Sendable {
    let probabilities: [Double]

    /// - Parameters:
    ///   - counts: how many observations each point of the grid has; at least
    ///     one in all.
    ///   - isOrdered: whether neighbours are alike.
    init(counts: [Int], isOrdered: Bool) {
        probabilities = isOrdered ? Self.smoothed(counts) : Self.leaning(counts)
    }

    /// The Pearson divergence of another density from this one: 0 where they
    /// are equal.
    func divergence(of other: GridDensity) -> Double {
        let smallest = 1e-12
        return zip(probabilities, other.probabilities).reduce(0) { sum, pair in
            let (own, others) = (pair.0 + smallest, pair.1 + smallest)
            return sum + own * (others / own - 1) * (others / own - 1)
        }
    }

    private static func leaning(_ counts: [Int]) -> [Double] {
        let lean = 1 / Double(counts.count { $0 > 0 } + 1)
        let row = 1 + lean * Double(counts.count)
        let total = Double(counts.reduce(1, +))
        let shared = Double(counts.reduce(0, +)) * lean / row + 1 / Double(counts.count)
        return counts.map { (shared + Double($0) / row) / total }
    }

    private static func smoothed(_ counts: [Int]) -> [Double] {
        let places = counts.indices.filter { counts[$0] > 0 }
        let total = Double(counts.reduce(0, +))
        let width = width(places, counts, total)
        var probabilities = kernel(around: Double(counts.count - 1) / 2, Double(counts.count), counts.count)
        for place in places {
            let weight = Double(counts[place])
            for (index, value) in kernel(around: Double(place), width, counts.count).enumerated() {
                probabilities[index] += weight * value
            }
        }
        return probabilities.map { $0 / (total + 1) }
    }

    private static func width(_ places: [Int], _ counts: [Int], _ total: Double) -> Double {
        let mean = places.reduce(0) { $0 + Double($1 * counts[$1]) } / total
        let squares = places.reduce(0) {
            $0 + (Double($1) - mean) * (Double($1) - mean) * Double(counts[$1])
        }
        let deviation = (squares / max(1, total - 1)).squareRoot()
        let whole = Int(total)
        let low = place(in: places, counts) { $0 >= whole / 4 }
        let high = place(in: places, counts) { $0 > whole * 3 / 4 }
        let scott = 1.059 * min(Double(high - low) / 1.34, deviation) * pow(total, -0.2)
        // 90 % of a kernel at least lie in its own cell.
        return max(scott, 0.5 / 1.64)
    }

    /// The first place at which the cumulative count fulfils a condition.
    private static func place(in places: [Int], _ counts: [Int], where isReached: (Int) -> Bool) -> Int {
        var sum = 0
        return places.first {
            sum += counts[$0]
            return isReached(sum)
        } ?? places[places.count - 1]
    }

    /// A normal distribution over the cells of a grid, which hold all of it.
    private static func kernel(around mean: Double, _ width: Double, _ count: Int) -> [Double] {
        let edges = (0...count).map { StandardNormal.cumulative((Double($0) - 0.5 - mean) / width) }
        let mass = edges[count] - edges[0]
        return (0..<count).map { (edges[$0 + 1] - edges[$0]) / mass }
    }
}
