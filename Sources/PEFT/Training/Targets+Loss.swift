package import LinearAlgebra

extension Targets {
    /// The rows of the outputs that they are compared with: those of the words
    /// that have a token; otherwise all, one a sequence.
    /// - Parameter offsets: where the sequences begin in the outputs.
    func compared(_ outputs: Matrix, offsets: [Int]) -> Matrix {
        guard case .tags(let tags) = self else { return outputs }
        return outputs.gatherRows(tags.rows(offsets))
    }

    /// The mean loss over the compared rows: cross-entropy in nats, or squared
    /// error.
    func loss(ofCompared outputs: Matrix) -> Double {
        switch self {
        case .labels(let labels): SoftmaxCrossEntropy.forward(outputs, labels: labels).loss
        case .values(let values): MeanSquaredError.loss(outputs, targets: values).loss
        case .tags(let tags): SoftmaxCrossEntropy.forward(outputs, labels: tags.labels).loss
        }
    }

    /// The mean loss and its gradient by all outputs; 0 at rows that are
    /// compared with nothing.
    package func loss(of outputs: Matrix, offsets: [Int]) -> (loss: Double, gradient: Matrix) {
        switch self {
        case .labels(let labels): return Self.crossEntropy(outputs, labels)
        case .values(let values): return MeanSquaredError.loss(outputs, targets: values)
        case .tags(let tags):
            let rows = tags.rows(offsets)
            let (loss, compared) = Self.crossEntropy(outputs.gatherRows(rows), tags.labels)
            var gradient = Matrix(rows: outputs.rows, columns: outputs.columns)
            gradient.scatterAddRows(compared, at: rows)
            return (loss, gradient)
        }
    }

    private static func crossEntropy(_ logits: Matrix, _ labels: [Int]) -> (loss: Double, gradient: Matrix) {
        let (loss, probabilities) = SoftmaxCrossEntropy.forward(logits, labels: labels)
        return (loss, SoftmaxCrossEntropy.backward(probabilities: probabilities, labels: labels))
    }
}
