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

    /// In a block above which every row is read, so that attention costs the same.
    @Test func `gates multiply what their costs count`() throws {
        func components(gate: Bool) -> [Component] {
            [
                .lora(
                    LoRA(
                        ranks: [
                            Site(layer: 1, projection: .query): 2,
                            Site(layer: 1, projection: .feedForwardOut): 3,
                        ], gate: gate)),
                .bottleneck(Bottleneck(site: .serialAttention, widths: [1: 2], gate: gate)),
                .prefix(PrefixTuning(lengths: [1: 2], gate: gate)),
            ]
        }
        let sequences = TinyBERT.sequences(6)
        let tokens = sequences.reduce(0) { $0 + $1.ids.count }
        let data = DataFacts(
            labels: ["a", "b", "c"], trainExamples: 6, validationExamples: 6, testExamples: nil,
            trainTokens: tokens, validationTokens: tokens, squaredTokens: 0, majorityShare: 1)
        let costs = Costs(shape: try TinyBERT.base().shape, data: data)
        func counted(gate: Bool) -> Double {
            costs.trainingFLOPsPerExample(of: Configuration(components: components(gate: gate)))
        }
        let found = try operations(components(gate: true)) - operations(components(gate: false))
        // Costs are rounded to whole operations of an example.
        #expect(abs(found - 6 * (counted(gate: true) - counted(gate: false))) <= 6)
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
