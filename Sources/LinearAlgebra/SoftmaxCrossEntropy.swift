import Foundation

/// The mean over rows of `-log softmax(logits)[label]`.
public enum SoftmaxCrossEntropy {
    /// `logits` (n, classes), one label a row.
    /// - Returns: the mean loss in double precision, and the probabilities.
    public static func forward(_ logits: Matrix, labels: [Int]) -> (loss: Double, probabilities: Matrix) {
        precondition(labels.count == logits.rows, "\(labels.count) labels for \(logits.rows) rows")
        precondition(labels.allSatisfy { (0..<logits.columns).contains($0) }, "a label outside the classes")
        var probabilities = Matrix(uninitializedRows: logits.rows, columns: logits.columns)
        let columns = logits.columns
        var total = 0.0
        logits.read { source in
            probabilities.write { target in
                for (row, label) in labels.enumerated() {
                    let start = source + row * columns
                    var largest = start[0]
                    for column in 1..<columns { largest = max(largest, start[column]) }
                    var sum = 0.0
                    for column in 0..<columns { sum += exp(Double(start[column] - largest)) }
                    for column in 0..<columns {
                        target[row * columns + column] = Float(exp(Double(start[column] - largest)) / sum)
                    }
                    total += log(sum) - Double(start[label] - largest)
                }
            }
        }
        return (total / Double(max(labels.count, 1)), probabilities)
    }

    /// The gradient of the logits.
    public static func backward(probabilities: Matrix, labels: [Int]) -> Matrix {
        var gradient = probabilities
        let columns = gradient.columns
        gradient.write { target in
            for (row, label) in labels.enumerated() { target[row * columns + label] -= 1 }
        }
        gradient.scale(by: 1 / Float(max(labels.count, 1)))
        return gradient
    }
}
