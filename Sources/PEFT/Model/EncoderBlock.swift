import Experiments
import LinearAlgebra

/// One block of a post-LayerNorm encoder (BERT, Devlin et al. 2018,
/// arXiv 1810.04805), with the places where adapters sit:
///
///     q, k, v = Wq·h, Wk·h, Wv·h        o = Wo·attention(q, k, v)
///     o += serialAttention(o)           x = LN1(o + h)
///     u = GELU(W1·x)                    z = W2·u
///     z += serialFeedForward(z)         z += parallelFeedForward(x)
///     h' = LN2(z + x)
///
/// All matrices are (T, d) but u, which is (T, f). Where only some rows of h'
/// are read, as above the last block, everything but k and v has those rows
/// alone.
final class EncoderBlock {
    let maps: [Projection: AffineMap]
    let attentionNorm: Normalization
    let outputNorm: Normalization
    let heads: Int
    var adapters: [Bottleneck.Placement: BottleneckAdapter] = [:]

    struct Cache {
        /// Nil: all.
        var readRows: [Int]?
        var layout: ScaledDotProductAttention.Layout
        var query: (y: Matrix, cache: AffineMap.Cache)
        var key: (y: Matrix, cache: AffineMap.Cache)
        var value: (y: Matrix, cache: AffineMap.Cache)
        var attention: ScaledDotProductAttention.Cache
        var attentionOutput: AffineMap.Cache
        var attentionNorm: LayerNormalization.Cache
        var feedForwardIn: (y: Operand, cache: AffineMap.Cache)
        var feedForwardOut: AffineMap.Cache
        var outputNorm: LayerNormalization.Cache
        var adapters: [Bottleneck.Placement: BottleneckAdapter.Cache] = [:]
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
        let products = mode.products
        var adapterCaches: [Bottleneck.Placement: BottleneckAdapter.Cache] = [:]
        func contribution(
            _ placement: Bottleneck.Placement, of x: @autoclosure () -> Operand
        ) -> Matrix? {
            guard let adapter = adapters[placement] else { return nil }
            let (contribution, cache) = adapter.forward(x(), mode: mode)
            adapterCaches[placement] = cache
            return contribution
        }

        let input = products.operand(h)
        let readState = readRows.map(h.gatherRows) ?? h
        let query = maps[.query]!.forward(readRows == nil ? input : products.operand(readState), mode: mode)
        let key = maps[.key]!.forward(input, mode: mode)
        let value = maps[.value]!.forward(input, mode: mode)
        let layout = ScaledDotProductAttention.Layout(
            queryOffsets: readRows.map { Array(0...$0.count) }, offsets: offsets, heads: heads)
        let (context, attention) = ScaledDotProductAttention.forward(
            query: query.y, key: key.y, value: value.y, layout: layout, products: products)
        var (o, attentionOutput) = maps[.attentionOutput]!.forward(products.operand(context), mode: mode)
        if let serial = contribution(.serialAttention, of: products.operand(o)) { o.add(serial) }
        o.add(readState)
        let (x, attentionNormCache) = attentionNorm.forward(o)

        let middle = products.operand(x)
        let feedForwardIn = maps[.feedForwardIn]!.forwardRounded(middle, mode: mode)
        var (z, feedForwardOut) = maps[.feedForwardOut]!.forward(products.gelu(feedForwardIn.y), mode: mode)
        if let serial = contribution(.serialFeedForward, of: products.operand(z)) { z.add(serial) }
        if let parallel = contribution(.parallelFeedForward, of: middle) { z.add(parallel) }
        z.add(x)
        let (y, outputNormCache) = outputNorm.forward(z)
        return (
            y,
            Cache(
                readRows: readRows, layout: layout, query: query, key: key, value: value,
                attention: attention, attentionOutput: attentionOutput, attentionNorm: attentionNormCache,
                feedForwardIn: feedForwardIn, feedForwardOut: feedForwardOut, outputNorm: outputNormCache,
                adapters: adapterCaches)
        )
    }

    /// Accumulates the gradients of its parameters, and goes no further down
    /// than something trains.
    /// - Returns: the gradient of h, or nil if it is not needed.
    func backward(
        _ dy: Matrix, cache: Cache, products: any ProductLibrary, needsInputGradient: Bool
    ) -> Matrix? {
        func gradient(_ placement: Bottleneck.Placement, _ dy: Matrix) -> Matrix? {
            guard let adapter = adapters[placement], let cache = cache.adapters[placement] else { return nil }
            return adapter.backward(dy, cache: cache, products: products)
        }

        var dz = outputNorm.backward(dy, cache: cache.outputNorm)
        var dx = dz
        if let parallel = gradient(.parallelFeedForward, dz) { dx.add(parallel) }
        if let serial = gradient(.serialFeedForward, dz) { dz.add(serial) }
        let du = maps[.feedForwardOut]!.backwardRounded(
            products.operand(dz), cache: cache.feedForwardOut, products: products)
        let dPreactivation = products.geluBackward(du, input: cache.feedForwardIn.y)
        let needsMiddle = needsInputGradient || trainsBelowFeedForward
        let throughFeedForward = maps[.feedForwardIn]!.backward(
            dPreactivation, cache: cache.feedForwardIn.cache, products: products,
            needsInputGradient: needsMiddle)
        guard needsMiddle, let throughFeedForward else { return nil }
        dx.add(throughFeedForward)

        var dOutput = attentionNorm.backward(dx, cache: cache.attentionNorm)
        let dResidual = dOutput
        if let serial = gradient(.serialAttention, dOutput) { dOutput.add(serial) }
        let dContext = maps[.attentionOutput]!.backward(
            products.operand(dOutput), cache: cache.attentionOutput, products: products,
            needsInputGradient: needsInputGradient || trainsBelowAttention)
        guard let dContext else { return nil }
        let (dQuery, dKey, dValue) = ScaledDotProductAttention.backward(
            dContext, query: cache.query.y, key: cache.key.y, value: cache.value.y, layout: cache.layout,
            cache: cache.attention, products: products)
        func throughMap(_ projection: Projection, _ dy: Matrix, _ cache: AffineMap.Cache) -> Matrix? {
            let map = maps[projection]!
            guard needsInputGradient || map.isTrainable else { return nil }
            return map.backward(
                products.operand(dy), cache: cache, products: products, needsInputGradient: needsInputGradient
            )
        }
        let throughQuery = throughMap(.query, dQuery, cache.query.cache)
        let throughKey = throughMap(.key, dKey, cache.key.cache)
        let throughValue = throughMap(.value, dValue, cache.value.cache)
        guard var dh = throughKey, let throughValue, let throughQuery else { return nil }
        dh.add(throughValue)
        if let readRows = cache.readRows {
            dh.scatterAddRows(throughQuery, at: readRows)
            dh.scatterAddRows(dResidual, at: readRows)
        } else {
            dh.add(throughQuery)
            dh.add(dResidual)
        }
        return dh
    }

    private var trainsBelowAttention: Bool {
        [Projection.query, .key, .value].contains { maps[$0]!.isTrainable }
    }

    private var trainsBelowFeedForward: Bool {
        trainsBelowAttention || maps[.attentionOutput]!.isTrainable || attentionNorm.isTrainable
            || adapters[.serialAttention] != nil
    }
}
