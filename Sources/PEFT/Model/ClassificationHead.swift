import LinearAlgebra

/// What a `ForSequenceClassification` of Hugging Face puts on top of the
/// encoder: `classifier(dropout(f(pooler(h[first token]))))`; without a pooler
/// the classifier reads the hidden state itself. Over every
/// token's state and without a pooler it is that of a
/// `ForTokenClassification`.
final class ClassificationHead {
    let pooler: AffineMap?
    let classifier: AffineMap
    let layout: HeadLayout
    let dropout: Double

    struct Cache {
        /// With the activation's slope at the pooler's output, and the mask of
        /// the pooler's input.
        let pooler: (slope: Operand?, cache: AffineMap.Cache, inputMask: Matrix?)?
        let mask: Matrix?
        let classifier: AffineMap.Cache
    }

    init(pooler: AffineMap?, classifier: AffineMap, layout: HeadLayout, dropout: Double) {
        self.layout = layout
        self.pooler = pooler
        self.classifier = classifier
        self.dropout = dropout
    }

    /// The hidden states of each sequence's first token, (S, d), to logits
    /// (S, classes); or those of every token, (T, d), to (T, classes).
    func forward(_ h: Matrix, mode: ForwardMode) -> (logits: Matrix, cache: Cache) {
        let products = mode.products
        var features = h
        func mask(_ place: String) -> Matrix? {
            mode.dropoutMask(
                rows: features.rows, columns: features.columns, probability: dropout, place: place)
        }
        var poolerCache: (slope: Operand?, cache: AffineMap.Cache, inputMask: Matrix?)?
        if let pooler {
            let inputMask = layout.dropsInput ? mask("head input") : nil
            if let inputMask { features = features.times(inputMask) }
            let (preactivation, cache) = pooler.forward(products.operand(features), mode: mode)
            let (activated, slope) = layout.activation.forward(
                .float32(preactivation), as: .float32, needsSlope: mode.isTraining)
            features = activated.matrix
            poolerCache = (slope, cache, inputMask)
        }
        let outputMask = mask("head")
        if let outputMask { features = features.times(outputMask) }
        let (logits, cache) = classifier.forward(products.operand(features), mode: mode)
        return (logits, Cache(pooler: poolerCache, mask: outputMask, classifier: cache))
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
        if let pooler, let (slope, poolerCache, inputMask) = cache.pooler, let slope {
            let dPreactivation = dFeatures.times(slope.matrix)
            guard
                let gradient = pooler.backward(
                    products.operand(dPreactivation), cache: poolerCache, products: products,
                    needsInputGradient: needsInputGradient)
            else { return nil }
            dFeatures = inputMask.map { gradient.times($0) } ?? gradient
        }
        return needsInputGradient ? dFeatures : nil
    }
}
