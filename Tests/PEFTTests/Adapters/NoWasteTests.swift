import Experiments
import LinearAlgebra
import PEFT
import Testing

/// What a step multiplies is what its costs count.
@Suite struct NoWasteTests {
    /// Operations of a step's products on the batch, counted where they run.
    private func operations(_ components: [Component]) throws -> Double {
        let network = try TinyBERT.network(Configuration(components: components))
        let products = ProfiledProducts(OpenBLASProducts()) { 0 }
        _ = network.lossAndGradients(
            TokenBatch(TinyBERT.sequences(6)), labels: [0, 1, 2, 0, 1, 2], by: products)
        return products.times.values.reduce(0) { $0 + $1.operations }
    }

    /// Blocks of 16 hidden units and 32 inner ones.
    @Test func `no gradient goes through a feed-forward part under which nothing trains`() throws {
        let tokens = Double(TinyBERT.sequences(6).reduce(0) { $0 + $1.ids.count })
        let whole = try operations([.bias(BiasTuning(layers: [1]))])
        let norm = try operations([.layerNorm(LayerNormTuning(layers: [2]))])
        let beside = try operations([.bottleneck(Bottleneck(site: .parallelFeedForward, widths: [1: 4]))])
        // The adapter's own products, three times (forward, to its input, its weights).
        let adapter = 3 * 2 * 2 * 16 * 4 * tokens
        // With biases, gradients pass W2, W1, Wo and stop at q, k and v.
        let passed = 2 * (2 * 16 * 32 + 16 * 16) * tokens
        #expect(whole - passed == beside - adapter)
        #expect(norm < whole)
    }
}
