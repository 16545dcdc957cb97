import Experiments
import LinearAlgebra

extension Quality {
    /// Of predictions (examples, 1) in the labels' unit.
    static func ofRegression(
        _ outputs: Matrix, _ labels: [Double], _ bootstrap: Bootstrap
    ) -> [String: Double] {
        let predictions = outputs.values.map(Double.init)
        let correlation = Correlation(labels, predictions)
        var values = bounded(
            [MeasurementName.pearson, MeasurementName.spearman], bootstrap,
            cells: labels.indices.map(Int32.init), cellCount: labels.count
        ) { [correlation.pearson($0), correlation.spearman($0)] }
        let errors = zip(labels, predictions).map { $1 - $0 }
        let count = Double(max(errors.count, 1))
        values[MeasurementName.squaredError] = errors.reduce(0) { $0 + $1 * $1 } / count
        values[MeasurementName.absoluteError] = errors.reduce(0) { $0 + abs($1) } / count
        return values
    }
}
