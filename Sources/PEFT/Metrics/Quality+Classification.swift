import Experiments
import LinearAlgebra

extension Quality {
    /// Of logits (examples, classes).
    static func ofClassification(
        _ logits: Matrix, _ labels: [Int], _ classes: Int, _ bootstrap: Bootstrap
    ) -> [String: Double] {
        let confusion = ConfusionCounts(
            labels: labels, predictions: logits.largestInEachRow(), classes: classes)
        return bounded(
            [MeasurementName.accuracy, MeasurementName.macroF1, MeasurementName.mcc], bootstrap,
            cells: confusion.cells, cellCount: confusion.pairs.count
        ) { counts in
            let scores = confusion.scores(counts)
            return [scores.accuracy, scores.macroF1, scores.mcc]
        }
    }
}
