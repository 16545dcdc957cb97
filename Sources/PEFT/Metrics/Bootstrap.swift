import Experiments

/// Percentile intervals of statistics of a sample (Efron 1979): the units are
/// drawn again with replacement, as many as there are, and the statistics
/// computed of each such resample.
struct Bootstrap {
    static let resamples = 1000
    static let confidence = 0.95

    /// The study's: all its trials are measured on the same resamples.
    let seed: UInt64

    /// The interval of each statistic.
    ///
    /// Statistics that depend only on how many units are alike are computed
    /// from those counts, which is what makes them cheap.
    /// - Parameters:
    ///   - cells: of each unit what it is like, in 0 ..< cellCount.
    ///   - statistics: of how many units of each kind there are.
    func intervals(
        cells: [Int32], cellCount: Int, _ statistics: ([Int32]) -> [Double]
    ) -> [(low: Double, high: Double)] {
        var generator = SeededGenerator(seed: seed, purpose: "bootstrap")
        let samples = (0..<Self.resamples).map { _ in
            statistics(Self.resample(cells, cellCount, using: &generator))
        }
        return (samples.first ?? []).indices.map { index in
            let sorted = samples.map { $0[index] }.sorted()
            let tail = (1 - Self.confidence) / 2
            return (Self.quantile(tail, of: sorted), Self.quantile(1 - tail, of: sorted))
        }
    }

    /// Two draws a word: of 2³² values that are mapped to the units, some have
    /// one more than others, which is nothing beside a resample's own chance.
    private static func resample(
        _ cells: [Int32], _ cellCount: Int, using generator: inout SeededGenerator
    ) -> [Int32] {
        var counts = [Int32](repeating: 0, count: cellCount)
        let units = UInt64(cells.count)
        var word: UInt64 = 0
        for draw in 0..<cells.count {
            word = draw % 2 == 0 ? generator.next() : word >> 32
            counts[Int(cells[Int(((word & 0xFFFF_FFFF) * units) >> 32)])] += 1
        }
        return counts
    }

    /// Between two neighbours as far as the share lies between them.
    private static func quantile(_ share: Double, of sorted: [Double]) -> Double {
        let place = share * Double(sorted.count - 1)
        let below = Int(place)
        let above = min(below + 1, sorted.count - 1)
        return sorted[below] + (place - Double(below)) * (sorted[above] - sorted[below])
    }
}
