import Experiments

/// A split's quality as measurements, with how each was obtained.
struct QualityMeasurements {
    private let quality: Quality
    private let split: String

    /// - Parameter split: what was looked at, and how.
    init(_ quality: Quality, split: String) {
        self.quality = quality
        self.split = split
    }

    /// Sorted by name.
    /// - Parameter prefix: of every name.
    func named(prefix: String, _ kind: Measurement.Kind) -> [Measurement] {
        quality.values.sorted { $0.key < $1.key }.map { name, value in
            Measurement(prefix + name, value, kind, method: split + Self.detail(of: name))
        }
    }

    private static func detail(of name: String) -> String {
        for metric in TaskDefinition.Kind.allCases.flatMap(\.metricsWithInterval) {
            let end =
                switch name {
                case MeasurementName.low(of: metric): "lower"
                case MeasurementName.high(of: metric): "upper"
                default: ""
                }
            guard !end.isEmpty else { continue }
            return ", \(end) end of the \(Int(100 * Bootstrap.confidence)) % interval of "
                + "\(Bootstrap.resamples) bootstrap resamples"
        }
        return ""
    }
}
