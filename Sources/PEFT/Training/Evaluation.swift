public import LinearAlgebra

/// A network's quality on a split.
public struct Evaluation: Sendable {
    /// Mean cross-entropy, in nats.
    public let loss: Double
    /// The share of examples whose largest logit is the label's.
    public let accuracy: Double
    /// (examples, classes), in the order of the split.
    public let logits: Matrix

    /// In float32, in the order of the split, so that the result depends on
    /// network and split alone.
    package init(
        of transformer: Transformer, on source: BatchSource, labels: [Int], batchSize: Int = 32
    ) throws(MatrixFileError) {
        let products = OpenBLASProducts()
        var logits: Matrix?
        for start in stride(from: 0, to: labels.count, by: batchSize) {
            let indices = Array(start..<min(start + batchSize, labels.count))
            let part = transformer.logits(of: try source.batch(indices), by: products)
            if logits == nil { logits = Matrix(rows: labels.count, columns: part.columns) }
            logits!.scatterAddRows(part, at: indices)
        }
        let all = logits ?? Matrix(rows: 0, columns: 1)
        let predictions = all.largestInEachRow()
        let correct = zip(predictions, labels).count { $0 == $1 }
        self.logits = all
        accuracy = Double(correct) / Double(max(labels.count, 1))
        loss = SoftmaxCrossEntropy.forward(all, labels: labels).loss
    }
}
