import LinearAlgebra

/// What `BertForSequenceClassification` puts on top of the encoder:
/// `classifier(dropout(tanh(pooler(h[first token]))))`; without a pooler the
/// classifier reads the hidden state itself.
final class ClassificationHead {
    let pooler: AffineMap?
    let classifier: AffineMap
    let dropout: Double

    struct Cache {
        let rows: [Int]
        let rowCount: Int
        let pooler: (preactivation: Matrix, cache: AffineMap.Cache)?
        let mask: Matrix?
        let classifier: AffineMap.Cache
    }

    init(pooler: AffineMap?, classifier: AffineMap, dropout: Double) {
        self.pooler = pooler
        self.classifier = classifier
        self.dropout = dropout
    }

    /// h (T, d) to logits (sequences, classes).
    func forward(_ h: Matrix, batch: TokenBatch, mode: ForwardMode) -> (logits: Matrix, cache: Cache) {
        var features = h.gatherRows(batch.firstRows)
        var poolerCache: (preactivation: Matrix, cache: AffineMap.Cache)?
        if let pooler {
            let (preactivation, cache) = pooler.forward(features, mode: mode)
            features = Activation.tanh.forward(preactivation)
            poolerCache = (preactivation, cache)
        }
        let mask = mode.dropoutMask(
            rows: features.rows, columns: features.columns, probability: dropout, place: "head")
        if let mask { features = features.times(mask) }
        let (logits, cache) = classifier.forward(features, mode: mode)
        return (
            logits,
            Cache(rows: batch.firstRows, rowCount: h.rows, pooler: poolerCache, mask: mask, classifier: cache)
        )
    }

    /// - Returns: the gradient of h, (T, d), or nil if it is not needed.
    func backward(_ dLogits: Matrix, cache: Cache, needsInputGradient: Bool) -> Matrix? {
        guard var dFeatures = classifier.backward(dLogits, cache: cache.classifier) else { return nil }
        if let mask = cache.mask { dFeatures = dFeatures.times(mask) }
        if let pooler, let (preactivation, poolerCache) = cache.pooler {
            let dPreactivation = Activation.tanh.backward(dFeatures, input: preactivation)
            guard
                let gradient = pooler.backward(
                    dPreactivation, cache: poolerCache, needsInputGradient: needsInputGradient)
            else { return nil }
            dFeatures = gradient
        }
        guard needsInputGradient else { return nil }
        var dh = Matrix(rows: cache.rowCount, columns: dFeatures.columns)
        dh.scatterAddRows(dFeatures, at: cache.rows)
        return dh
    }
}
