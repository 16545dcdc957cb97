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

    /// Compacter's of reduction 32, counted in AdapterHub.
    @Test func `adapters share what makes their weights`() {
        let widths = Dictionary(uniqueKeysWithValues: (0..<6).map { ($0, 12) })
        func compacter(_ site: Bottleneck.Placement, dimension: Int = 4) -> Component {
            .bottleneck(Bottleneck(site: site, widths: widths, form: .phm, phmDimension: dimension))
        }
        #expect(encoderCount(compacter(.serialAttention), compacter(.serialFeedForward)) == 14_320)
        #expect(encoderCount(compacter(.serialFeedForward)) == 7192)
        #expect(
            encoderCount(compacter(.serialAttention), compacter(.serialFeedForward, dimension: 2))
                == 14_320 + 8)
        func generated(_ site: Bottleneck.Placement, width: Int) -> Component {
            .bottleneck(
                Bottleneck(site: site, widths: widths.mapValues { _ in width }, form: .hypernetwork))
        }
        // One map of four columns to the widest adapter, and four numbers for each of twelve.
        #expect(
            encoderCount(generated(.serialAttention, width: 16), generated(.serialFeedForward, width: 32))
                == 4 * (2 * 384 * 32 + 32 + 384) + 12 * 4)
        let copied = Bottleneck(site: .pfeiffer, widths: [3: 32], copies: 4)
        #expect(encoderCount(.bottleneck(copied)) == 4 * 24_992)
    }

    @Test func `gates`() {
        let ranks = [Site("1.query")!: 8, Site("2.ffn_out")!: 4]
        let plain = encoderCount(.lora(LoRA(ranks: ranks)))
        #expect(encoderCount(.lora(LoRA(ranks: ranks, gate: true))) == plain + 384 + 1536 + 2)
        let adapter = Bottleneck(site: .pfeiffer, widths: [0: 4, 3: 8], gate: true)
        #expect(encoderCount(.bottleneck(adapter)) == 2 * 384 * 12 + 12 + 2 * 384 + 2 * 385)
        #expect(encoderCount(.prefix(PrefixTuning(lengths: [2: 10], gate: true))) == 20 * 384 + 385)
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

    /// ELECTRA-small: e = 128, d = 256, f = 1024, 12 blocks.
    @Test func `the map behind narrow embeddings is counted`() {
        let shape = ModelShape(
            vocabulary: 30_522, positions: 512, tokenTypes: 2, layers: 12, hidden: 256, heads: 4,
            feedForward: 1024, embedding: 128)
        var wide = shape
        wide.embedding = 256
        let (narrow, plain) = (
            Costs(shape: shape, data: Examples.facts), Costs(shape: wide, data: Examples.facts)
        )
        let embeddings = Configuration(components: [.unfreeze(Unfreezing(layers: [], embeddings: true))])
        let head = narrow.trainableParameters(of: Configuration())
        #expect(
            narrow.trainableParameters(of: embeddings) - head
                == (30_522 + 512 + 2 + 2) * 128 + 128 * 256 + 256)
        // Mean length 20.
        let product = 2.0 * 128 * 256 * 20
        #expect(
            narrow.forwardFLOPsPerExample(of: embeddings) - plain.forwardFLOPsPerExample(of: embeddings)
                == product)
        #expect(
            narrow.trainingFLOPsPerExample(of: embeddings) - plain.trainingFLOPsPerExample(of: embeddings)
                == 3 * product)
        let biases = Configuration(components: [.bias(BiasTuning())])
        #expect(
            narrow.trainingFLOPsPerExample(of: biases) - plain.trainingFLOPsPerExample(of: biases) == 2
                * product)
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

    private static let weights = 4 * 384 * 384 + 2 * 384 * 1536
    /// Mean length 20, mean square 500. A whole block's products.
    private static let block = 2 * weights * 20 + 4 * 384 * 500
    /// The last: keys and values of every token, the rest of one row.
    private static let last = 2 * 2 * 384 * 384 * 20 + 2 * (weights - 2 * 384 * 384) + 4 * 384 * 20
    private static let head = 2 * (384 * 384 + 2 * 384)

    @Test func `operations of a forward pass`() {
        let base = 5 * Self.block + Self.last + Self.head
        #expect(costs.forwardFLOPsPerExample(of: Configuration()) == Double(base))
        let lora = Configuration(components: [Self.lora([.query, .key])])
        let query = 2 * 8 * (384 + 384) * (5 * 20 + 1)
        let key = 2 * 8 * (384 + 384) * 6 * 20
        #expect(costs.forwardFLOPsPerExample(of: lora) == Double(base + query + key))
        let adapter = Configuration(components: [
            .bottleneck(Bottleneck(site: .serialFeedForward, widths: [4: 16, 5: 16]))
        ])
        #expect(costs.forwardFLOPsPerExample(of: adapter) == Double(base + 4 * 384 * 16 * (20 + 1)))
    }

    @Test func `operations of a training example`() {
        let classifier = 2 * 768
        // Head only, from kept states: gradients of both weights and of the classifier's input.
        let headOnly = Self.head + classifier * 2 + 2 * 384 * 384
        #expect(costs.trainingFLOPsPerExample(of: Configuration()) == Double(headOnly))
        let throughHead = headOnly + 2 * 384 * 384
        // Rank 8 on the query of the last block, one row: only the block itself runs, no gradient of
        // its input.
        let top = Configuration(components: [Self.lora([.query], layers: 5..<6)])
        let inputs = 2 * (384 * 384 + 2 * 384 * 1536) + 8 * 384 * 20
        let update = 2 * 8 * (2 * 384 + 3 * 384)
        #expect(
            costs.trainingFLOPsPerExample(of: top) == Double(throughHead + Self.last + inputs + update))
        // Rank 8 on FFN out of block 4: no gradient goes below its own output.
        let out = Configuration(components: [Self.lora([.feedForwardOut], layers: 4..<5)])
        let lastBackward = Self.last + 4 * 384 * 20
        let outUpdate = 2 * 20 * 8 * (2 * 1536 + 3 * 384)
        #expect(
            costs.trainingFLOPsPerExample(of: out)
                == Double(throughHead + Self.block + Self.last + lastBackward + outUpdate))
        // An adapter beside the feed-forward part of block 4: nor through that part.
        let beside = Configuration(components: [
            .bottleneck(Bottleneck(site: .parallelFeedForward, widths: [4: 16]))
        ])
        #expect(
            costs.trainingFLOPsPerExample(of: beside)
                == Double(
                    throughHead + Self.block + Self.last + lastBackward + 3 * 4 * 384 * 16 * 20))
        // Of the draws from 0 to 5 only the last leaves layer 4 out.
        let dropped = Configuration(components: [
            .bottleneck(Bottleneck(site: .parallelFeedForward, widths: [4: 16], droppedLayers: 5))
        ])
        #expect(
            costs.trainingFLOPsPerExample(of: beside) - costs.trainingFLOPsPerExample(of: dropped)
                == Double(3 * 4 * 384 * 16 * 20) / 6)
        #expect(costs.forwardFLOPsPerExample(of: beside) == costs.forwardFLOPsPerExample(of: dropped))
        // Everything: each product three times, attention's as well.
        let full = Configuration(components: [
            .unfreeze(Unfreezing(layers: Set(0..<6), embeddings: true))
        ])
        let attention = 4 * 384 * (5 * 500 + 20)
        let products = 5 * Self.block + Self.last - attention
        #expect(
            costs.trainingFLOPsPerExample(of: full) == Double(3 * (products + attention) + 3 * Self.head))
    }

    @Test func `states that are too large are not kept, and then every pass computes them`() {
        var data = Examples.facts
        data.trainTokens = 800_000
        data.trainExamples = 40_000
        let large = Costs(shape: Examples.miniLM, data: data)
        let top = Configuration(components: [Self.lora([.query], layers: 5..<6)])
        // Five blocks more for the same mean example.
        #expect(
            large.trainingFLOPsPerExample(of: top)
                == costs.trainingFLOPsPerExample(of: top) + Double(5 * Self.block))
        #expect(large.statesBytes(below: 5) == Double(4 * 384 * data.validationTokens))
        #expect(large.statesBytes(below: 6) == Double(4 * 384 * (40_000 + 200)))
        #expect(KeptStates.areKept(rows: (1 << 30) / 1536, hidden: 384))
        #expect(!KeptStates.areKept(rows: (1 << 30) / 1536 + 1, hidden: 384))
        #expect(!KeptStates.areKept(rows: .max, hidden: 384))
    }

    @Test func `work grows with what is computed, and states are counted once`() {
        func work(_ components: Component..., numerics: Numerics = .bf16) -> TrialWork {
            costs.work(of: Configuration(components: components), numerics: numerics)
        }
        let order = [
            work(), work(Self.lora([.query], layers: 5..<6)), work(Self.lora([.query], layers: 3..<6)),
            work(Self.lora([.query])), work(Self.lora(Projection.allCases)),
            work(.unfreeze(Unfreezing(layers: Set(0..<6), embeddings: true))),
        ]
        for (less, more) in zip(order, order.dropFirst()) { #expect(less.training < more.training) }
        #expect(order[0].evaluation < order[3].evaluation && order[0].latency < order[3].latency * 1.01)
        let slow = work(Self.lora([.query]), numerics: .float32)
        #expect(slow.training > 1.5 * order[3].training && slow.evaluation == order[3].evaluation)
        #expect(costs.statesWork(below: 0, numerics: .bf16) == 0)
        for layer in 1..<6 {
            #expect(
                costs.statesWork(below: layer, numerics: .bf16)
                    < costs.statesWork(below: layer + 1, numerics: .bf16))
        }
        #expect(costs.statesBytes(below: 1) == costs.statesBytes(below: 5))
        #expect(costs.statesBytes(below: 6) == Double(4 * 384 * (1000 + 200)))
    }

    @Test func `dropout keeps a mask and a masked input of every low-rank update`() {
        func bytes(_ projections: [Projection], dropout: Double, _ numerics: Numerics) -> Double {
            let sites = (0..<6).flatMap { layer in projections.map { Site(layer: layer, projection: $0) } }
            let lora = LoRA(
                ranks: Dictionary(uniqueKeysWithValues: sites.map { ($0, 8) }), dropout: dropout)
            return costs.trialBytes(of: Configuration(components: [.lora(lora)]), numerics: numerics)
        }
        // The largest batch of 32 examples, and an eighth of freed blocks.
        let batch = 1.125 * 1.35 * 32
        for (numerics, element) in [(Numerics.bf16, 6.0), (.float32, 8.0)] {
            func added(_ projections: [Projection], dropout: Double = 0.1) -> Double {
                bytes(projections, dropout: dropout, numerics) - bytes(projections, dropout: 0, numerics)
            }
            // Twenty tokens an example; above the last block one row, but for keys and values.
            let all = (5 * 20 + 1) * (3 * 384 + 1536) + 6 * 20 * 2 * 384
            #expect(abs(added(Projection.allCases) - batch * element * Double(all)) < 1)
            #expect(abs(added([.query]) - batch * element * Double((5 * 20 + 1) * 384)) < 1)
            #expect(added([.query], dropout: 0.5) == added([.query]))
        }
    }

    @Test func `virtual durations are whole and at least one`() throws {
        let study = try Examples.native()
        let short = Configuration(head: HeadSettings(pooler: .frozen), training: TrainingSettings(epochs: 1))
        var long = short
        long.training.epochs = 3
        let durations = [short, long].map { Costs.virtualDuration(of: $0, in: study) }
        #expect(durations[0] > 1 && durations[0] < durations[1])
        #expect(Costs.virtualDuration(of: nil, in: Examples.zdt1()) == 1000)
        var empty = study
        empty.data?.trainExamples = 0
        empty.data?.validationExamples = 0
        #expect(Costs.virtualDuration(of: short, in: empty) == 1)
    }
}
