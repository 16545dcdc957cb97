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
/// All matrices are (T, d) but u, which is (T, f).
final class EncoderBlock {
    let maps: [Projection: AffineMap]
    let attentionNorm: Normalization
    let outputNorm: Normalization
    let heads: Int
    var adapters: [Bottleneck.Placement: BottleneckAdapter] = [:]

    struct Cache {
        var query: (y: Matrix, cache: AffineMap.Cache)
        var key: (y: Matrix, cache: AffineMap.Cache)
        var value: (y: Matrix, cache: AffineMap.Cache)
        var attention: ScaledDotProductAttention.Cache
        var attentionOutput: AffineMap.Cache
        var attentionNorm: LayerNormalization.Cache
        var feedForwardIn: (y: Matrix, cache: AffineMap.Cache)
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

    func forward(_ h: Matrix, offsets: [Int], mode: ForwardMode) -> (y: Matrix, cache: Cache) {
        var adapterCaches: [Bottleneck.Placement: BottleneckAdapter.Cache] = [:]
        func add(_ placement: Bottleneck.Placement, of x: Matrix, to y: inout Matrix) {
            guard let adapter = adapters[placement] else { return }
            let (contribution, cache) = adapter.forward(x, mode: mode)
            y.add(contribution)
            adapterCaches[placement] = cache
        }

        let query = maps[.query]!.forward(h, mode: mode)
        let key = maps[.key]!.forward(h, mode: mode)
        let value = maps[.value]!.forward(h, mode: mode)
        let (context, attention) = ScaledDotProductAttention.forward(
            query: query.y, key: key.y, value: value.y, offsets: offsets, heads: heads)
        var (o, attentionOutput) = maps[.attentionOutput]!.forward(context, mode: mode)
        add(.serialAttention, of: o, to: &o)
        o.add(h)
        let (x, attentionNormCache) = attentionNorm.forward(o)

        let feedForwardIn = maps[.feedForwardIn]!.forward(x, mode: mode)
        let u = Activation.gelu.forward(feedForwardIn.y)
        var (z, feedForwardOut) = maps[.feedForwardOut]!.forward(u, mode: mode)
        add(.serialFeedForward, of: z, to: &z)
        add(.parallelFeedForward, of: x, to: &z)
        z.add(x)
        let (y, outputNormCache) = outputNorm.forward(z)
        return (
            y,
            Cache(
                query: query, key: key, value: value, attention: attention, attentionOutput: attentionOutput,
                attentionNorm: attentionNormCache, feedForwardIn: feedForwardIn,
                feedForwardOut: feedForwardOut,
                outputNorm: outputNormCache, adapters: adapterCaches)
        )
    }

    /// Accumulates the gradients of its parameters.
    /// - Returns: the gradient of h, or nil if it is not needed.
    func backward(_ dy: Matrix, offsets: [Int], cache: Cache, needsInputGradient: Bool) -> Matrix? {
        func gradient(_ placement: Bottleneck.Placement, _ dy: Matrix) -> Matrix? {
            guard let adapter = adapters[placement], let cache = cache.adapters[placement] else { return nil }
            return adapter.backward(dy, cache: cache)
        }

        var dz = outputNorm.backward(dy, cache: cache.outputNorm)
        var dx = dz
        if let parallel = gradient(.parallelFeedForward, dz) { dx.add(parallel) }
        if let serial = gradient(.serialFeedForward, dz) { dz.add(serial) }
        let du = maps[.feedForwardOut]!.backward(dz, cache: cache.feedForwardOut)!
        let dPreactivation = Activation.gelu.backward(du, input: cache.feedForwardIn.y)
        dx.add(maps[.feedForwardIn]!.backward(dPreactivation, cache: cache.feedForwardIn.cache)!)

        var dOutput = attentionNorm.backward(dx, cache: cache.attentionNorm)
        let dResidual = dOutput
        if let serial = gradient(.serialAttention, dOutput) { dOutput.add(serial) }
        let dContext = maps[.attentionOutput]!.backward(dOutput, cache: cache.attentionOutput)!
        let (dQuery, dKey, dValue) = ScaledDotProductAttention.backward(
            dContext, query: cache.query.y, key: cache.key.y, value: cache.value.y, offsets: offsets,
            heads: heads, cache: cache.attention)
        let parts = [
            maps[.query]!.backward(dQuery, cache: cache.query.cache, needsInputGradient: needsInputGradient),
            maps[.key]!.backward(dKey, cache: cache.key.cache, needsInputGradient: needsInputGradient),
            maps[.value]!.backward(dValue, cache: cache.value.cache, needsInputGradient: needsInputGradient),
        ]
        guard needsInputGradient else { return nil }
        return parts.compactMap { $0 }.reduce(into: dResidual) { $0.add($1) }
    }
}
