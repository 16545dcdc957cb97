package import Experiments
import LinearAlgebra

/// What is measured of an evaluation, by the names of measurements: those of
/// `TaskDefinition.Kind.qualityMetrics`.
package struct Quality: Sendable {
    package let values: [String: Double]

    /// - Parameters:
    ///   - targets: those of the evaluation.
    ///   - labels: of the task.
    ///   - scale: of a regression's training labels, in whose deviations the
    ///     loss is told.
    ///   - seed: of the bootstrap: the study's.
    package init(
        _ evaluation: Evaluation, targets: Targets, labels: [String], scale: LabelScale?, seed: UInt64
    ) {
        let bootstrap = Bootstrap(seed: seed)
        var loss = evaluation.loss
        var values: [String: Double]
        switch targets {
        case .labels(let targets):
            values = Self.ofClassification(evaluation.outputs, targets, labels.count, bootstrap)
        case .values(let targets):
            values = Self.ofRegression(evaluation.outputs, targets, bootstrap)
            if let scale { loss /= scale.deviation * scale.deviation }
        case .tags(let targets):
            values = Self.ofTags(evaluation.outputs, targets, labels, bootstrap)
        }
        values[MeasurementName.loss] = loss
        self.values = values
    }

    /// Metrics with their intervals.
    /// - Parameter statistics: of counts, in the order of `names`.
    static func bounded(
        _ names: [String], _ bootstrap: Bootstrap, cells: [Int32], cellCount: Int,
        _ statistics: ([Int32]) -> [Double]
    ) -> [String: Double] {
        var counts = [Int32](repeating: 0, count: cellCount)
        for cell in cells { counts[Int(cell)] += 1 }
        let whole = statistics(counts)
        let intervals = bootstrap.intervals(cells: cells, cellCount: cellCount, statistics)
        var values: [String: Double] = [:]
        for (index, name) in names.enumerated() {
            values[name] = whole[index]
            values[MeasurementName.low(of: name)] = intervals[index].low
            values[MeasurementName.high(of: name)] = intervals[index].high
        }
        return values
    }
}
