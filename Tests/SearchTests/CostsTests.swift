import Experiments
import Testing

/// Hand counts for MiniLM: d = 384, f = 1536, 6 blocks, 2 labels.
struct CostsTests {
    private let costs = Costs(shape: Examples.miniLM, data: Examples.facts)
    /// Classifier alone: 384·2 + 2.
    private let classifier = 770

    private func encoderCount(_ components: Component...) -> Int {
        let head = HeadSettings(pooler: .frozen)
        return costs.trainableParameters(of: Configuration(components: components, head: head)) - classifier
    }

    private static func lora(_ projections: [Projection], layers: Range<Int> = 0..<6, rank: Int = 8)
        -> Component
    {
        let sites = layers.flatMap { layer in projections.map { Site(layer: layer, projection: $0) } }
        return .lora(LoRA(ranks: Dictionary(uniqueKeysWithValues: sites.map { ($0, rank) })))
    }

    @Test func `the head is the classifier and, when trained, the pooler`() {
        func count(_ pooler: HeadSettings.Pooler) -> Int {
            costs.trainableParameters(of: Configuration(head: HeadSettings(pooler: pooler)))
        }
        #expect(count(.absent) == 770)
        #expect(count(.frozen) == 770)
        #expect(count(.trained) == 770 + 384 * 384 + 384)
    }

    @Test func `low-rank updates`() {
        #expect(encoderCount(Self.lora([.query, .value])) == 73_728)
        #expect(encoderCount(Self.lora(Projection.allCases)) == 331_776)
        #expect(encoderCount(Self.lora([.feedForwardIn], layers: 5..<6, rank: 1)) == 1920)
    }

    @Test func `bottlenecks`() {
        let widths = Dictionary(uniqueKeysWithValues: (0..<6).map { ($0, 32) })
        let parallel = Component.bottleneck(Bottleneck(site: .parallelFeedForward, widths: widths))
        let serial = Component.bottleneck(Bottleneck(site: .serialAttention, widths: [2: 4]))
        #expect(encoderCount(parallel) == 6 * (2 * 384 * 32 + 32 + 384))
        #expect(encoderCount(parallel, serial) == 6 * 24_992 + 3460)
    }

    @Test func `biases and norms`() {
        #expect(encoderCount(.bias(BiasTuning(layers: [3]))) == 7 * 384 + 1536)
        #expect(encoderCount(.bias(BiasTuning())) == 6 * 4224 + 384)
        #expect(encoderCount(.layerNorm(LayerNormTuning(layers: [0, 5]))) == 2 * 4 * 384)
        #expect(encoderCount(.layerNorm(LayerNormTuning())) == 9984)
    }

    @Test func `a tensor that two components name counts once`() {
        let bias = Component.bias(BiasTuning(layers: [3]))
        let norm = Component.layerNorm(LayerNormTuning(layers: [3]))
        #expect(encoderCount(bias, norm) == 4224 + 2 * 384)
        let block = Component.unfreeze(Unfreezing(layers: [3]))
        #expect(encoderCount(bias, norm, block) == encoderCount(block))
        let everyBias = Component.bias(BiasTuning())
        let everyNorm = Component.layerNorm(LayerNormTuning())
        #expect(encoderCount(everyBias, everyNorm) == 6 * (4224 + 768) + 768)
        let embeddings = Component.unfreeze(Unfreezing(layers: [], embeddings: true))
        #expect(encoderCount(everyBias, everyNorm, embeddings) == 6 * (4224 + 768) + 11_918_592)
    }

    @Test func `full fine-tuning trains the whole model`() {
        let full = Configuration(components: [
            .unfreeze(Unfreezing(layers: Set(0..<6), embeddings: true))
        ])
        #expect(encoderCount(.unfreeze(Unfreezing(layers: [0]))) == 1_774_464)
        #expect(costs.trainableParameters(of: full) == 22_713_216 + 770)
        #expect(costs.adapterBytes(of: full) == 4 * 22_713_986)
    }

    @Test func `the lowest adapted layer`() {
        func lowest(_ components: Component...) -> Int? {
            Costs.lowestAdaptedLayer(of: Configuration(components: components))
        }
        #expect(lowest() == nil)
        #expect(lowest(Self.lora([.query], layers: 3..<6)) == 3)
        #expect(lowest(.bias(BiasTuning(layers: [2])), Self.lora([.query], layers: 3..<6)) == 2)
        #expect(lowest(.bias(BiasTuning())) == -1)
        #expect(lowest(.unfreeze(Unfreezing(layers: [4], embeddings: true))) == -1)
    }

    /// Mean length 20, mean square 500.
    @Test func `operations of a forward pass`() {
        let weights = 4 * 384 * 384 + 2 * 384 * 1536
        let block = 2 * weights * 20 + 4 * 384 * 500
        let head = 2 * (384 * 384 + 2 * 384)
        #expect(costs.forwardFLOPsPerExample(of: Configuration()) == Double(6 * block + head))
        let lora = Configuration(components: [Self.lora([.query])])
        let update = 2 * 6 * 8 * (384 + 384) * 20
        #expect(costs.forwardFLOPsPerExample(of: lora) == Double(6 * block + head + update))
        let adapter = Configuration(components: [
            .bottleneck(Bottleneck(site: .serialFeedForward, widths: [5: 16]))
        ])
        #expect(costs.forwardFLOPsPerExample(of: adapter) == Double(6 * block + head + 4 * 384 * 16 * 20))
    }

    @Test func `operations of a training example`() {
        let weights = 4 * 384 * 384 + 2 * 384 * 1536
        let forward = 6 * (2 * weights * 20 + 4 * 384 * 500) + 2 * (384 * 384 + 768)
        let classifier = 2 * 768
        // Head only: gradients of both weights and of the classifier's input.
        let headOnly = forward + classifier * 2 + 2 * 384 * 384
        #expect(costs.trainingFLOPsPerExample(of: Configuration()) == Double(headOnly))
        // Rank 8 on the query of the top block: its input needs no gradient.
        let top = Configuration(components: [Self.lora([.query], layers: 5..<6)])
        let block = 2 * weights * 20 + 8 * 384 * 500 - 3 * 2 * 384 * 384 * 20
        let update = 2 * 20 * 8 * (2 * 384 + 3 * 384)
        let expected = headOnly + 2 * 384 * 384 + block + update
        #expect(costs.trainingFLOPsPerExample(of: top) == Double(expected))
        // Everything: each block's products three times, attention's as well.
        let full = Configuration(components: [
            .unfreeze(Unfreezing(layers: Set(0..<6), embeddings: true))
        ])
        let whole = 6 * (3 * 2 * weights * 20 + 12 * 384 * 500) + 3 * 2 * (384 * 384 + 768)
        #expect(costs.trainingFLOPsPerExample(of: full) == Double(whole))
    }

    @Test func `virtual durations are whole and at least one`() throws {
        let study = try Examples.native()
        let short = Configuration(head: HeadSettings(pooler: .frozen), training: TrainingSettings(epochs: 1))
        var long = short
        long.training.epochs = 3
        let durations = [short, long].map { Costs.virtualDuration(of: $0, in: study) }
        // 429,579,264 FLOPs for each of 3000 and 429,577,728 for each of 200 examples.
        #expect(durations[1] == 1375)
        #expect(durations[0] < durations[1] / 2)
        #expect(Costs.virtualDuration(of: nil, in: Examples.zdt1()) == 1000)
        var empty = study
        empty.data?.trainExamples = 0
        empty.data?.validationExamples = 0
        #expect(Costs.virtualDuration(of: short, in: empty) == 1)
    }
}
