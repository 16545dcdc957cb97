public import LinearAlgebra

/// What a network says of a split.
public struct Evaluation: Sendable {
    /// Of the targets as they are: mean cross-entropy in nats, or mean squared
    /// error.
    public let loss: Double
    /// In the order of the split, the rows that targets are compared with:
    /// (examples, classes), (examples, 1), or (words that have a token, tags).
    public let outputs: Matrix

    /// In float32, in the order of the split, so that the result depends on
    /// network and split alone.
    package init(
        of transformer: Transformer, on source: BatchSource, targets: Targets, batchSize: Int = 32
    ) throws(MatrixFileError) {
        let products = OpenBLASProducts()
        var parts: [Matrix] = []
        for start in stride(from: 0, to: targets.count, by: batchSize) {
            let indices = Array(start..<min(start + batchSize, targets.count))
            let input = try source.batch(indices)
            parts.append(
                targets.selecting(indices).compared(
                    transformer.logits(of: input, by: products), offsets: input.offsets))
        }
        self.init(Matrix(joiningRowsOf: parts), targets: targets)
    }

    /// - Parameter outputs: the rows that the targets are compared with.
    package init(_ outputs: Matrix, targets: Targets) {
        self.outputs = outputs
        loss = targets.loss(ofCompared: outputs)
    }
}
