public import LinearAlgebra

/// A network's quality on a split.
public struct Evaluation: Sendable {
    /// Mean cross-entropy, in nats.
    public let loss: Double
    /// The share of examples whose largest logit is the label's.
    public let accuracy: Double
    /// (examples, classes), in the order of the split.
    public let logits: Matrix

    /// Batches of similar lengths in a fixed order, so that the result depends
    /// on network and split alone.
    public init(of transformer: Transformer, on split: EncodedSplit, batchSize: Int = 64) {
        let order = split.sequences.indices.sorted {
            (split.sequences[$0].ids.count, $0) < (split.sequences[$1].ids.count, $1)
        }
        var logits: Matrix?
        for start in stride(from: 0, to: order.count, by: batchSize) {
            let indices = Array(order[start..<min(start + batchSize, order.count)])
            let part = transformer.logits(of: split.batch(indices))
            if logits == nil { logits = Matrix(rows: split.count, columns: part.columns) }
            logits!.scatterAddRows(part, at: indices)
        }
        let all = logits ?? Matrix(rows: 0, columns: 1)
        let predictions = all.largestInEachRow()
        let correct = zip(predictions, split.labels).count { $0 == $1 }
        self.logits = all
        accuracy = Double(correct) / Double(max(split.count, 1))
        loss = SoftmaxCrossEntropy.forward(all, labels: split.labels).loss
    }
}
