public import Experiments

/// What a trial's measurement is over its own seed and those of its
/// replicates.
public struct ReplicatedValue: Sendable, Hashable {
    /// Over all seeds that have a value.
    public var mean: Double
    /// How many those are, the trial's own among them.
    public var count: Int
    /// Half of the 95 % interval of the mean by Student's t; nil of one value.
    public var halfWidth: Double?

    /// Nil where the trial itself has no such measurement.
    public init?(of metric: String, in trial: Trial) {
        guard let own = trial.value(of: metric) else { return nil }
        self.init([own] + trial.replicates.compactMap { $0.value(of: metric) })
    }

    /// - Parameter values: at least one, all finite.
    init(_ values: [Double]) {
        // From the first on, so that equal values have exactly their value as mean.
        let origin = values[0]
        mean = origin + values.reduce(0) { $0 + ($1 - origin) } / Double(values.count)
        count = values.count
        guard let quantile = Self.quantile(freedom: count - 1) else { return }
        let center = mean
        let squares = values.reduce(0) { $0 + ($1 - center) * ($1 - center) }
        halfWidth = quantile * (squares / Double((count - 1) * count)).squareRoot()
    }

    /// The 0.975 quantile of Student's t distribution.
    private static func quantile(freedom: Int) -> Double? {
        let quantiles = [
            12.706204736, 4.302652730, 3.182446305, 2.776445105, 2.570581836, 2.446911851, 2.364624252,
            2.306004135, 2.262157163,
        ]
        return freedom > 0 ? quantiles[min(freedom, quantiles.count) - 1] : nil
    }
}

extension Trial {
    /// The trial with means over its own seed and its replicates' in the place
    /// of its measurements. Those that failed have no values and count nothing.
    public var averaged: Trial {
        var trial = self
        trial.measurements = measurements.map { measurement in
            var measurement = measurement
            measurement.value = ReplicatedValue(of: measurement.name, in: self)?.mean ?? measurement.value
            return measurement
        }
        return trial
    }
}
