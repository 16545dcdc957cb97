/// How well a network does, by the kind of its task.
extension TaskDefinition.Kind {
    /// What a study makes large when it does not say what it seeks.
    public var mainMetric: String {
        switch self {
        case .classification: MeasurementName.accuracy
        case .regression: MeasurementName.pearson
        case .tokenClassification: MeasurementName.spanF1
        }
    }

    /// What is measured of a split beside the loss, each with a bootstrap
    /// interval (`MeasurementName.low(of:)`, `high(of:)`).
    public var metricsWithInterval: [String] {
        switch self {
        case .classification: [MeasurementName.accuracy, MeasurementName.macroF1, MeasurementName.mcc]
        case .regression: [MeasurementName.pearson, MeasurementName.spearman]
        case .tokenClassification: [MeasurementName.spanF1]
        }
    }

    /// All that is measured of a split, sorted.
    public var qualityMetrics: [String] {
        let others =
            switch self {
            case .classification: [MeasurementName.loss]
            case .regression:
                [MeasurementName.loss, MeasurementName.squaredError, MeasurementName.absoluteError]
            case .tokenClassification:
                [
                    MeasurementName.loss, MeasurementName.tokenAccuracy, MeasurementName.spanPrecision,
                    MeasurementName.spanRecall,
                ]
            }
        let bounded = metricsWithInterval.flatMap { metric in
            [metric, MeasurementName.low(of: metric), MeasurementName.high(of: metric)]
        }
        return (others + bounded).sorted()
    }
}
