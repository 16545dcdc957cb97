/// Where a regression's labels lie: training sees `(label - mean) /
/// deviation`, and what is handed over predicts labels.
public struct LabelScale: Sendable, Hashable {
    /// In the labels' own unit.
    public var mean: Double
    /// Of all training labels, not of a sample's estimate; above 0.
    public var deviation: Double

    public init(mean: Double, deviation: Double) {
        self.mean = mean
        self.deviation = deviation
    }

    /// Of training labels; nil where they are all equal or their spread is no
    /// finite number.
    public init?(of labels: [Double]) {
        let count = Double(max(labels.count, 1))
        let mean = labels.reduce(0) { $0 + $1 / count }
        // Of equal labels rounding may leave a spread.
        guard let first = labels.first, labels.contains(where: { $0 != first }) else { return nil }
        let deviation = labels.reduce(0) { $0 + ($1 - mean) * ($1 - mean) / count }.squareRoot()
        guard deviation.isFinite, deviation > 0 else { return nil }
        self.init(mean: mean, deviation: deviation)
    }

    /// A label as training sees it.
    public func standardized(_ label: Double) -> Double { (label - mean) / deviation }
}
