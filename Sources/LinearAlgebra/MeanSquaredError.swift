/// The mean over rows of `(output - target)²`.
public enum MeanSquaredError {
    /// `outputs` (n, 1), one target a row.
    /// - Returns: the mean loss in double precision, and the gradient of the
    ///   outputs.
    public static func loss(_ outputs: Matrix, targets: [Double]) -> (loss: Double, gradient: Matrix) {
        precondition(
            outputs.columns == 1 && outputs.rows == targets.count,
            "\(targets.count) targets for \(outputs.rows)x\(outputs.columns) outputs")
        var gradient = Matrix(uninitializedRows: outputs.rows, columns: 1)
        let count = Double(max(targets.count, 1))
        var total = 0.0
        outputs.read { source in
            gradient.write { slope in
                for (row, target) in targets.enumerated() {
                    let error = Double(source[row]) - target
                    total += error * error
                    slope[row] = Float(2 * error / count)
                }
            }
        }
        return (total / count, gradient)
    }
}
