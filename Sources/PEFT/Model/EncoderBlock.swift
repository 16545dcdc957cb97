import Experiments
import LinearAlgebra

/// One block of a post-LayerNorm encoder (BERT, Devlin et al. 2018,
/// arXiv 1810.04805), with the places where adapters sit:
///
///     q, k, v = Wq·h, Wk·h, Wv·h        o = Wo·attention(q, [P_k; k], [P_v; v])
///     o += serialAttention(o)           x = LN1(o + h)
///     u = GELU(W1·x)                    z = W2·u
///     z += serialFeedForward(z)         z += parallelFeedForward(x)
///     z += pfeiffer(LN2(z + x))         h' = LN2(z + x)
///
/// All matrices are (T, d) but u, which is (T, f). Where only some rows of h'
/// are read, as above the last block, everything but k and v has those rows
/// alone.
final class EncoderBlock {
    let maps: [Projection: AffineMap]
    let attentionNorm: Normalization
    let outputNorm: Normalization
    let heads: Int
    var additions: [Bottleneck.Placement: any SiteAddition] = [:]
    var prefix: KeyValuePrefix?
    var queryFeatures: QueryFeatureMap?

    struct Cache {
        /// Nil: all.
        var readRows: [Int]?
        var layout: ScaledDotProductAttention.Layout
        var query: (y: Matrix, cache: AffineMap.Cache)
        /// As they are attended to, with the prefix.
        var key: (y: Matrix, cache: AffineMap.Cache)
        var value: (y: Matrix, cache: AffineMap.Cache)
        /// Of the sequences, without the prefix.
        var offsets: [Int]
        var queryFeatures: QueryFeatureMap.Cache?
        var attention: ScaledDotProductAttention.Cache
        var attentionOutput: AffineMap.Cache
        var attentionNorm: LayerNormalization.Cache
        var feedForwardIn: AffineMap.Cache
        /// GELU's slope at W1·x + b1.
        var slope: Operand?
        var feedForwardOut: AffineMap.Cache
        var outputNorm: LayerNormalization.Cache
        /// Of the norm that a Pfeiffer adapter reads.
        var innerNorm: LayerNormalization.Cache?
        var prefixGate: SequenceGate.Cache?
        var additions: [Bottleneck.Placement: any SiteAdditionPass] = [:]
        /// The rows of h' that were read, where all were computed; nil: all.
        var takenRows: [Int]?
    }

    init(maps: [Projection: AffineMap], attentionNorm: Normalization, outputNorm: Normalization, heads: Int) {
        self.maps = maps
        self.attentionNorm = attentionNorm
        self.outputNorm = outputNorm
        self.heads = heads
    }

    /// - Parameter readRows: one row of each sequence; nil for all.
    func forward(
        _ h: Matrix, offsets: [Int], readRows: [Int]? = nil, mode: ForwardMode
    ) -> (y: Matrix, cache: Cache) {
        guard let readRows, readsWholeSequences else {
            return computed(h, offsets: offsets, readRows: readRows, mode: mode)
        }
        var (y, cache) = computed(h, offsets: offsets, readRows: nil, mode: mode)
        cache.takenRows = readRows
        return (y.gatherRows(readRows), cache)
    }

    private func computed(
        _ h: Matrix, offsets: [Int], readRows: [Int]?, mode: ForwardMode
    ) -> (y: Matrix, cache: Cache) {
        var mode = mode
        mode.offsets = offsets
        let products = mode.products
        var passes: [Bottleneck.Placement: any SiteAdditionPass] = [:]
        func contribution(
            _ placement: Bottleneck.Placement, of x: @autoclosure () -> Operand
        ) -> Matrix? {
            guard let addition = additions[placement], !addition.isLeftOut else { return nil }
            let (contribution, pass) = addition.pass(x(), mode: mode)
            passes[placement] = pass
            return contribution
        }

        let input = products.operand(h)
        let readState = readRows.map(h.gatherRows) ?? h
        let query = maps[.query]!.forward(readRows == nil ? input : products.operand(readState), mode: mode)
        let key = maps[.key]!.forward(input, mode: mode)
        let value = maps[.value]!.forward(input, mode: mode)
        let queryOffsets = readRows.map { Array(0...$0.count) } ?? offsets
        let keys = prefix?.inserted(key: key.y, value: value.y, input: input, mode: mode)
        let layout = ScaledDotProductAttention.Layout(
            queryOffsets: queryOffsets, offsets: keys?.offsets ?? offsets, heads: heads)
        let attended = (key: keys?.key ?? key.y, value: keys?.value ?? value.y)
        var (context, attention) = products.timing(.attention) {
            ScaledDotProductAttention.forward(
                query: query.y, key: attended.key, value: attended.value, layout: layout,
                as: products.operandType)
        }
        let features = queryFeatures?.forward(query.y)
        if let features {
            var sum = context.matrix
            sum.add(features.y)
            context = products.operand(sum)
        }
        var (o, attentionOutput) = maps[.attentionOutput]!.forward(context, mode: mode)
        if let serial = contribution(.serialAttention, of: products.operand(o)) { o.add(serial) }
        let (x, attentionNormCache) = attentionNorm.forward(o, plus: readState, products: products)

        let middle = products.operand(x)
        let (preactivation, feedForwardIn) = maps[.feedForwardIn]!.forward(
            middle, as: products.operandType, mode: mode)
        let (u, slope) = products.timing(.nonlinearity) {
            Activation.gelu.forward(preactivation, as: products.operandType, needsSlope: mode.isTraining)
        }
        var (z, feedForwardOut) = maps[.feedForwardOut]!.forward(u, mode: mode)
        if let serial = contribution(.serialFeedForward, of: products.operand(z)) { z.add(serial) }
        if let parallel = contribution(.parallelFeedForward, of: middle) { z.add(parallel) }
        var innerNormCache: LayerNormalization.Cache?
        if let addition = additions[.pfeiffer], !addition.isLeftOut {
            let (inner, cache) = outputNorm.forward(z, plus: x, products: products)
            innerNormCache = cache
            z.add(contribution(.pfeiffer, of: products.operand(inner))!)
        }
        let (y, outputNormCache) = outputNorm.forward(z, plus: x, products: products)
        return (
            y,
            Cache(
                readRows: readRows, layout: layout, query: query, key: (attended.key, key.cache),
                value: (attended.value, value.cache), offsets: offsets, queryFeatures: features?.cache,
                attention: attention,
                attentionOutput: attentionOutput, attentionNorm: attentionNormCache,
                feedForwardIn: feedForwardIn, slope: slope, feedForwardOut: feedForwardOut,
                outputNorm: outputNormCache, innerNorm: innerNormCache, prefixGate: keys?.gate,
                additions: passes)
        )
    }

    /// Accumulates the gradients of its parameters, and goes no further down
    /// than something trains.
    /// - Returns: the gradient of h, or nil if it is not needed.
    func backward(
        _ dy: Matrix, cache: Cache, products: any ProductLibrary, needsInputGradient: Bool
    ) -> Matrix? {
        func gradient(_ placement: Bottleneck.Placement, _ dy: Matrix) -> Matrix? {
            cache.additions[placement]?.backward(dy, products: products)
        }

        var dOutput = dy
        if let takenRows = cache.takenRows {
            dOutput = Matrix(rows: cache.offsets.last ?? 0, columns: dy.columns)
            dOutput.scatterAddRows(dy, at: takenRows)
        }
        var dz = outputNorm.backward(dOutput, cache: cache.outputNorm, products: products)
        if let inner = gradient(.pfeiffer, dz), let innerNorm = cache.innerNorm {
            dz.add(outputNorm.backward(inner, cache: innerNorm, products: products))
        }
        var dMiddle = dz
        if let parallel = gradient(.parallelFeedForward, dz) { dMiddle.add(parallel) }
        if let serial = gradient(.serialFeedForward, dz) { dz.add(serial) }
        let needsMiddle = needsInputGradient || trainsBelowFeedForward
        var du: Operand?
        // Consumed, so that the residual's gradient need not be copied before it is added to.
        maps[.feedForwardOut]!.backward(
            products.operand(consume dz), addingTo: &du, as: products.operandType,
            cache: cache.feedForwardOut, products: products,
            needsInputGradient: needsMiddle || maps[.feedForwardIn]!.isTrainable)
        var dx: Operand? = .float32(consume dMiddle)
        if let du {
            let dPreactivation = products.timing(.nonlinearity) { du.times(cache.slope!) }
            maps[.feedForwardIn]!.backward(
                dPreactivation, addingTo: &dx, cache: cache.feedForwardIn, products: products,
                needsInputGradient: needsMiddle)
        }
        guard needsMiddle, let dx else { return nil }
        return attentionBackward(
            dx.matrix, cache: cache, products: products, needsInputGradient: needsInputGradient,
            serial: { gradient(.serialAttention, $0) })
    }

    /// From the gradient of x to that of h.
    /// - Parameter serial: from the gradient of o to that of it through the
    ///   serial adapter alone.
    private func attentionBackward(
        _ dx: Matrix, cache: Cache, products: any ProductLibrary, needsInputGradient: Bool,
        serial: (Matrix) -> Matrix?
    ) -> Matrix? {
        var dOutput = attentionNorm.backward(dx, cache: cache.attentionNorm, products: products)
        var dResidual: Operand? = .float32(dOutput)
        if let throughAdapter = serial(dOutput) { dOutput.add(throughAdapter) }
        let dContext = maps[.attentionOutput]!.backward(
            products.operand(consume dOutput), cache: cache.attentionOutput, products: products,
            needsInputGradient: needsInputGradient || trainsBelowAttention)
        guard let dContext else { return nil }
        let type = prefix == nil ? products.operandType : .float32
        var (dQuery, dKey, dValue) = products.timing(.attention) {
            ScaledDotProductAttention.backward(
                dContext, query: cache.query.y, key: cache.key.y, value: cache.value.y,
                layout: cache.layout, cache: cache.attention, as: type)
        }
        if let queryFeatures, let features = cache.queryFeatures {
            var sum = dQuery.matrix
            sum.add(queryFeatures.backward(dContext, cache: features))
            dQuery = products.operand(sum)
        }
        var throughGate: ProductTerm?
        if let prefix {
            dQuery = products.operand(dQuery.matrix)
            (dKey, dValue, throughGate) = prefix.backward(
                dKey: dKey.matrix, dValue: dValue.matrix, offsets: cache.offsets, gate: cache.prefixGate,
                products: products)
        }
        func throughMap(
            _ projection: Projection, _ dy: Operand, _ cache: AffineMap.Cache, addingTo dh: inout Operand?
        ) {
            let map = maps[projection]!
            guard needsInputGradient || map.isTrainable else { return }
            map.backward(
                dy, addingTo: &dh, cache: cache, products: products, needsInputGradient: needsInputGradient)
        }
        // The residual and the queries have the rows that are read, keys and values all.
        throughMap(.query, dQuery, cache.query.cache, addingTo: &dResidual)
        var dh = cache.readRows == nil ? dResidual.take() : nil
        throughMap(.key, dKey, cache.key.cache, addingTo: &dh)
        throughMap(.value, dValue, cache.value.cache, addingTo: &dh)
        guard needsInputGradient else { return nil }
        if let throughGate { products.add([throughGate], to: &dh, as: .float32) }
        guard var gradient = dh?.matrix else { return nil }
        dh = nil
        if let readRows = cache.readRows, let dResidual {
            gradient.scatterAddRows(dResidual.matrix, at: readRows)
        }
        return gradient
    }

    /// Whether a gate takes the mean over tokens that are not read; keys and
    /// values are computed for all in any case.
    private var readsWholeSequences: Bool {
        additions.values.contains(where: \.readsWholeSequences)
            || maps.contains { $0.key != .key && $0.key != .value && $0.value.isGated }
    }

    private var trainsBelowAttention: Bool {
        prefix != nil || queryFeatures != nil
            || [Projection.query, .key, .value].contains { maps[$0]!.isTrainable }
    }

    private var trainsBelowFeedForward: Bool {
        trainsBelowAttention || maps[.attentionOutput]!.isTrainable || attentionNorm.isTrainable
            || additions[.serialAttention] != nil
    }
}
