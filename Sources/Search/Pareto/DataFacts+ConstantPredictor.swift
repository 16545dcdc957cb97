import Experiments

extension DataFacts {
    /// What one reaches in a measurement by always giving the same answer, the
    /// most frequent label or the mean; nil for what has no best value of 1.
    ///
    /// Macro F1 counts every label as one that occurs.
    func constantQuality(of metric: String) -> Double? {
        switch metric {
        case MeasurementName.accuracy, MeasurementName.tokenAccuracy: majorityShare
        case MeasurementName.macroF1: 2 * majorityShare / ((1 + majorityShare) * Double(outputs))
        case MeasurementName.mcc, MeasurementName.pearson, MeasurementName.spearman, MeasurementName.spanF1,
            MeasurementName.spanPrecision, MeasurementName.spanRecall:
            0
        default: nil
        }
    }
}
