/// How closely two lists of numbers go together, -1 ... 1.
struct Correlation {
    private let x: [Double]
    private let y: [Double]
    private let xRanking: Ranking
    private let yRanking: Ranking

    /// Lists of one length.
    init(_ x: [Double], _ y: [Double]) {
        // Sums of squares of centred values do not cancel.
        self.x = Self.centred(x)
        self.y = Self.centred(y)
        xRanking = Ranking(x)
        yRanking = Ranking(y)
    }

    /// Pearson's, when pair i counts `counts[i]` times; 0 where one list is
    /// constant, as a constant predictor's.
    func pearson(_ counts: [Int32]) -> Double { Self.correlation(x, y, counts) }

    /// Pearson's of the ranks, of which equal values share the mean.
    func spearman(_ counts: [Int32]) -> Double {
        let middle = Double(counts.reduce(0) { $0 + Int($1) } + 1) / 2
        return Self.correlation(
            xRanking.ranks(counts).map { $0 - middle }, yRanking.ranks(counts).map { $0 - middle }, counts)
    }

    private static func centred(_ values: [Double]) -> [Double] {
        let mean = values.reduce(0, +) / Double(max(values.count, 1))
        return values.map { $0 - mean }
    }

    private static func correlation(_ x: [Double], _ y: [Double], _ counts: [Int32]) -> Double {
        var sums = (n: 0.0, x: 0.0, y: 0.0, xx: 0.0, yy: 0.0, xy: 0.0)
        for index in counts.indices {
            let weight = Double(counts[index])
            let (a, b) = (x[index], y[index])
            sums.n += weight
            sums.x += weight * a
            sums.y += weight * b
            sums.xx += weight * a * a
            sums.yy += weight * b * b
            sums.xy += weight * a * b
        }
        guard sums.n > 0 else { return 0 }
        let (xx, yy) = (sums.xx - sums.x * sums.x / sums.n, sums.yy - sums.y * sums.y / sums.n)
        // What rounding leaves of a constant list is no spread.
        guard xx > 1e-14 * sums.xx, yy > 1e-14 * sums.yy else { return 0 }
        return min(max((sums.xy - sums.x * sums.y / sums.n) / (xx * yy).squareRoot(), -1), 1)
    }
}
