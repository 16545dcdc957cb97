import LinearAlgebra

/// What `BertForSequenceClassification` puts on top of the encoder:
/// `classifier(dropout(tanh(pooler(h[first token]))))`; without a pooler the
/// classifier reads the hidden state itself. Over every token's state and
/// without a pooler it is that of `BertForTokenClassification`.
final class ClassificationHead {
    let pooler: AffineMap?
    let classifier: AffineMap
    let dropout: Double

    struct Cache {
        /// With tanh's slope at the pooler's output.
        let pooler: (slope: Operand?, cache: AffineMap.Cache)?
        let mask: Matrix?
        let classifier: AffineMap.Cache
    }

    init(pooler: AffineMap?, classifier: AffineMap, dropout: Double) {
        self.pooler = pooler
        self.classifier = classifier
        self.dropout = dropout
    }

    /// The hidden states of each sequence's first token, (S, d), to logits
    /// (S, classes); or those of every token, (T, d), to (T, classes).
    func forward(_ h: Matrix, mode: ForwardMode) -> (logits: Matrix, cache: Cache) {
        let products = mode.products
        var features = h
        var poolerCache: (slope: Operand?, cache: AffineMap.Cache)?
        if let pooler {
            let (preactivation, cache) = pooler.forward(products.operand(features), mode: mode)
            let (activated, slope) = Activation.tanh.forward(
                .float32(preactivation), as: .float32, needsSlope: mode.isTraining)
            features = activated.matrix
            poolerCache = (slope, cache)
        }
        let mask = mode.dropoutMask(
            rows: features.rows, columns: features.columns, probability: dropout, place: "head")
        if let mask { features = features.times(mask) }
        let (logits, cache) = classifier.forward(products.operand(features), mode: mode)
        return (logits, Cache(pooler: poolerCache, mask: mask, classifier: cache))
    }

    /// - Returns: the gradient of h, of its shape, or nil if it is not needed.
    func backward(
        _ dLogits: Matrix, cache: Cache, products: any ProductLibrary, needsInputGradient: Bool
    ) -> Matrix? {
        let needsFeatures = needsInputGradient || pooler?.isTrainable == true
        guard
            var dFeatures = classifier.backward(
                products.operand(dLogits), cache: cache.classifier, products: products,
                needsInputGradient: needsFeatures)
        else { return nil }
        if let mask = cache.mask { dFeatures = dFeatures.times(mask) }
        if let pooler, let (slope, poolerCache) = cache.pooler, let slope {
            let dPreactivation = dFeatures.times(slope.matrix)
            guard
                let gradient = pooler.backward(
                    products.operand(dPreactivation), cache: poolerCache, products: products,
                    needsInputGradient: needsInputGradient)
            else { return nil }
            dFeatures = gradient
        }
        return needsInputGradient ? dFeatures : nil
    }
}
