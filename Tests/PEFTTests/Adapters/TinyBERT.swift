import Experiments
import LinearAlgebra
import PEFT
import Testing

/// The fixture's model of three blocks with 16 hidden units, and sequences for
/// it.
enum TinyBERT {
    static let classes = 3

    static func base() throws -> BaseModel {
        try BaseModel(folder: ModelFolder(path: fixture("golden/tiny-bert")))
    }

    static func network(_ configuration: Configuration, seed: UInt64 = 1) throws -> Transformer {
        try .attach(configuration, to: base(), classes: classes, seed: seed)
    }

    /// Seeded sequences of 2 ... 12 tokens, a third of them pairs.
    static func sequences(_ count: Int, seed: UInt64 = 3) -> [Encoding] {
        var generator = SeededGenerator(seed: seed, purpose: "sequences")
        return (0..<count).map { number in
            let length = 2 + generator.index(below: 11)
            let ids = (0..<length).map { _ in Int32(1 + generator.index(below: 59)) }
            let types = (0..<length).map { Int32(number % 3 == 0 && $0 >= length / 2 ? 1 : 0) }
            return Encoding(ids: ids, typeIDs: types)
        }
    }

    static func split(_ count: Int, seed: UInt64 = 3) -> EncodedSplit {
        EncodedSplit(sequences: sequences(count, seed: seed), labels: (0..<count).map { $0 % classes })
    }
}

extension Transformer {
    /// Moves every trainable tensor by seeded normal noise, so that no start
    /// value is special: B and U begin at 0.
    func shake(deviation: Double, seed: UInt64) {
        for parameter in trainable {
            var generator = SeededGenerator(seed: seed, purpose: parameter.name)
            var value = parameter.value
            value.add(
                Matrix.normal(
                    rows: value.rows, columns: value.columns, deviation: deviation, using: &generator))
            parameter.move(to: value, of: self)
        }
    }
}

extension PEFT.Parameter {
    func move(to value: Matrix, of network: Transformer) {
        let refused = network.setTrained([name: value])
        precondition(refused.isEmpty, "\(refused) is not trainable")
    }
}

/// A component kind, or a mixture, by name.
struct ConfigurationCase: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let configuration: Configuration

    init(_ name: String, _ components: [Component], pooler: HeadSettings.Pooler = .trained) {
        testDescription = name
        configuration = Configuration(
            components: components, head: HeadSettings(pooler: pooler, dropout: 0),
            training: TrainingSettings(learningRate: 0.01, epochs: 1, batchSize: 4, warmup: 0.2))
    }

    static let allRanks = Dictionary(
        uniqueKeysWithValues: (0..<3).flatMap { layer in
            Projection.allCases.map { (Site(layer: layer, projection: $0), 1 + layer) }
        })

    static let mergeable = [
        ConfigurationCase("head", []),
        ConfigurationCase("head, frozen pooler", [], pooler: .frozen),
        ConfigurationCase("head, no pooler", [], pooler: .absent),
        ConfigurationCase("lora everywhere", [.lora(LoRA(ranks: allRanks, alphaOverRank: 2))]),
        ConfigurationCase(
            "lora on one value map", [.lora(LoRA(ranks: [Site(layer: 1, projection: .value): 4]))],
            pooler: .frozen),
        ConfigurationCase("bias", [.bias(BiasTuning())]),
        ConfigurationCase("bias of one block", [.bias(BiasTuning(layers: [1]))], pooler: .absent),
        ConfigurationCase("layernorm", [.layerNorm(LayerNormTuning())]),
        ConfigurationCase("layernorm of two blocks", [.layerNorm(LayerNormTuning(layers: [0, 2]))]),
        ConfigurationCase("unfreeze the top", [.unfreeze(Unfreezing(layers: [2], learningRateScale: 0.5))]),
        ConfigurationCase("unfreeze all", [.unfreeze(Unfreezing(layers: [0, 1, 2], embeddings: true))]),
        ConfigurationCase(
            "mergeable hybrid",
            [
                .lora(
                    LoRA(ranks: [
                        Site(layer: 0, projection: .key): 2, Site(layer: 2, projection: .feedForwardIn): 3,
                    ])),
                .bias(BiasTuning(layers: [0, 1])), .layerNorm(LayerNormTuning()),
                .unfreeze(Unfreezing(layers: [1])),
            ]),
        ConfigurationCase(
            "rslora", [.lora(LoRA(ranks: allRanks, alphaOverRank: 0.5, variant: .rslora))]),
        ConfigurationCase("lora_fa", [.lora(LoRA(ranks: allRanks, alphaOverRank: 2, variant: .loraFA))]),
        ConfigurationCase("dylora", [.lora(LoRA(ranks: allRanks, alphaOverRank: 2, variant: .dylora))]),
        ConfigurationCase("lora+", [.lora(LoRA(ranks: allRanks, learningRateRatio: 16))]),
        ConfigurationCase("dora", [.lora(LoRA(ranks: allRanks, alphaOverRank: 2, variant: .dora))]),
        ConfigurationCase(
            "dora beside trained biases and blocks",
            [
                .lora(LoRA(ranks: allRanks, variant: .dora)), .bias(BiasTuning()),
                .unfreeze(Unfreezing(layers: [2])),
            ]),
        ConfigurationCase(
            "lora, rslora and dora at maps of their own",
            [
                .lora(LoRA(ranks: [Site(layer: 0, projection: .query): 2], alphaOverRank: 2)),
                .lora(LoRA(ranks: [Site(layer: 1, projection: .query): 3], variant: .rslora)),
                .lora(LoRA(ranks: [Site(layer: 1, projection: .value): 2], variant: .dora)),
            ]),
        ConfigurationCase("ia3", [.ia3(IA3(parts: [0: [.key, .value, .feedForward], 2: [.feedForward]]))]),
        ConfigurationCase(
            "ia3 everywhere with lora",
            [
                .ia3(IA3(parts: [1: Set(IA3.Part.allCases), 2: Set(IA3.Part.allCases)])),
                .lora(LoRA(ranks: allRanks)),
            ]),
        ConfigurationCase("adalora", [.adalora(AdaLoRA(ranks: allRanks, alphaOverRank: 2))]),
        ConfigurationCase(
            "vera",
            [
                .vera(
                    VeRA(
                        sites: [
                            Site(layer: 0, projection: .query), Site(layer: 1, projection: .feedForwardOut),
                            Site(layer: 2, projection: .feedForwardIn),
                        ], rank: 6))
            ]),
        ConfigurationCase("miss", [.miss(MiSS(ranks: allRanks))]),
        ConfigurationCase("hira", [.hira(HiRA(ranks: allRanks))]),
        ConfigurationCase("shira", [.shira(SHiRA(ranks: allRanks))]),
        ConfigurationCase(
            "all that change one map, and its trained weight",
            [
                .lora(LoRA(ranks: allRanks)), .adalora(AdaLoRA(ranks: allRanks)),
                .vera(VeRA(sites: [Site(layer: 2, projection: .key)], rank: 3)),
                .miss(MiSS(ranks: allRanks)), .hira(HiRA(ranks: allRanks)), .shira(SHiRA(ranks: allRanks)),
                .ia3(IA3(parts: [2: [.key, .feedForward]])), .unfreeze(Unfreezing(layers: [2])),
            ]),
        ConfigurationCase(
            "biases of query and feed-forward", [.bias(BiasTuning(subset: .queryAndFeedForward))]),
    ]

    static let withBottlenecks =
        Bottleneck.Placement.allCases.map { site in
            ConfigurationCase(
                "bottleneck at \(site.rawValue)",
                [.bottleneck(Bottleneck(site: site, widths: [0: 3, 2: 5], activation: .gelu, scale: 2))])
        } + [
            ConfigurationCase(
                "rectified bottleneck", [.bottleneck(Bottleneck(site: .parallelFeedForward, widths: [1: 8]))]),
            ConfigurationCase(
                "two kinds of bottleneck at one site",
                [
                    .bottleneck(Bottleneck(site: .serialFeedForward, widths: [0: 4], scale: 2)),
                    .bottleneck(
                        Bottleneck(site: .serialFeedForward, widths: [1: 3, 2: 2], activation: .gelu)),
                ]),
            ConfigurationCase(
                "compacter",
                [
                    .bottleneck(
                        Bottleneck(
                            site: .serialAttention, widths: [0: 4, 2: 8], activation: .gelu, form: .phm)),
                    .bottleneck(
                        Bottleneck(site: .serialFeedForward, widths: [1: 4], activation: .gelu, form: .phm)),
                    .bottleneck(
                        Bottleneck(
                            site: .parallelFeedForward, widths: [1: 6], activation: .gelu, form: .phm,
                            phmDimension: 2)),
                ]),
            ConfigurationCase(
                "generated bottlenecks",
                [
                    .bottleneck(
                        Bottleneck(
                            site: .serialAttention, widths: [0: 3, 2: 5], activation: .gelu,
                            form: .hypernetwork)),
                    .bottleneck(
                        Bottleneck(
                            site: .parallelFeedForward, widths: [1: 6], activation: .gelu,
                            form: .hypernetwork)),
                ]),
            ConfigurationCase(
                "dropped bottlenecks",
                [
                    .bottleneck(
                        Bottleneck(site: .serialFeedForward, widths: [0: 3, 1: 2, 2: 4], droppedLayers: 1)),
                    .bottleneck(
                        Bottleneck(site: .pfeiffer, widths: [0: 2], activation: .gelu, droppedLayers: 1)),
                ]),
            ConfigurationCase(
                "routed bottlenecks",
                [
                    .bottleneck(
                        Bottleneck(
                            site: .parallelFeedForward, widths: [0: 3, 2: 4], activation: .gelu, copies: 2)),
                    .bottleneck(
                        Bottleneck(
                            site: .serialAttention, widths: [1: 4], activation: .gelu, form: .phm, copies: 2)),
                ]),
            ConfigurationCase(
                "hybrid",
                [
                    .lora(
                        LoRA(ranks: [
                            Site(layer: 1, projection: .query): 2, Site(layer: 2, projection: .value): 4,
                        ])),
                    .bottleneck(Bottleneck(site: .parallelFeedForward, widths: [1: 4], activation: .gelu)),
                    .bottleneck(Bottleneck(site: .serialAttention, widths: [1: 2, 2: 3], scale: 0.5)),
                    .bottleneck(Bottleneck(site: .serialFeedForward, widths: [1: 2], activation: .gelu)),
                    .bias(BiasTuning(layers: [2])), .layerNorm(LayerNormTuning(layers: [1, 2])),
                ], pooler: .frozen),
        ]

    /// The identity but for rounding: where a gate reads whole sequences, the
    /// last block computes other shapes.
    static let gated = [
        ConfigurationCase(
            "gated lora everywhere",
            [.lora(LoRA(ranks: allRanks, alphaOverRank: 2, gate: true))]),
        ConfigurationCase(
            "gated lora with frozen A on one map",
            [.lora(LoRA(ranks: [Site(layer: 2, projection: .value): 3], variant: .loraFA, gate: true))]),
        ConfigurationCase(
            "gated bottlenecks",
            Bottleneck.Placement.allCases.map {
                .bottleneck(
                    Bottleneck(site: $0, widths: [1: 3, 2: 4], activation: .gelu, scale: 2, gate: true))
            }),
    ]

    static let withVirtualTokens = [
        ConfigurationCase("prefix", [.prefix(PrefixTuning(lengths: [0: 3, 2: 5]))]),
        ConfigurationCase(
            "prefix at zero, shifted",
            [.prefix(PrefixTuning(lengths: [0: 2, 1: 2, 2: 2], start: .zero, shiftsPositions: true))]),
        ConfigurationCase("random prefix on top", [.prefix(PrefixTuning(lengths: [2: 4], start: .random))]),
        ConfigurationCase(
            "projected prefix", [.prefix(PrefixTuning(lengths: [0: 3, 2: 5], projection: 6))]),
        ConfigurationCase("prefix+", [.prefixPlus(PrefixTuningPlus(layers: [0, 2]))]),
        ConfigurationCase(
            "prefix+ beside lora and prefix",
            [
                .lora(LoRA(ranks: allRanks)), .prefix(PrefixTuning(lengths: [1: 2])),
                .prefixPlus(PrefixTuningPlus(layers: [1])),
            ]),
        ConfigurationCase("p-tuning, mlp", [.prompt(PromptTuning(length: 4, encoder: .mlp, hidden: 6))]),
        ConfigurationCase("p-tuning, lstm", [.prompt(PromptTuning(length: 4, encoder: .lstm, hidden: 3))]),
        ConfigurationCase("gated prefix", [.prefix(PrefixTuning(lengths: [0: 2, 2: 3], gate: true))]),
        ConfigurationCase(
            "unipelt",
            [
                .lora(
                    LoRA(
                        ranks: [
                            Site(layer: 1, projection: .query): 2, Site(layer: 1, projection: .value): 3,
                        ], gate: true)),
                .bottleneck(
                    Bottleneck(site: .pfeiffer, widths: [0: 2, 1: 3, 2: 2], activation: .gelu, gate: true)),
                .prefix(PrefixTuning(lengths: [1: 2, 2: 2], gate: true)),
            ]),
        ConfigurationCase("prompt", [.prompt(PromptTuning(length: 4))]),
        ConfigurationCase(
            "prompt after the first token with lora, prefix and trained embeddings",
            [
                .lora(LoRA(ranks: [Site(layer: 1, projection: .key): 2])),
                .prefix(PrefixTuning(lengths: [1: 2])),
                .prompt(PromptTuning(length: 3, start: .random, placement: .afterFirst)),
                .unfreeze(Unfreezing(layers: [0], embeddings: true)),
            ]),
    ]

    /// Mergeable, and the identity but for rounding: what the start takes from
    /// the weight it gives back.
    static let splitWeights = [LoRA.Start.pissa, .milora].map { start in
        ConfigurationCase(start.rawValue, [.lora(LoRA(ranks: allRanks, alphaOverRank: 2, start: start))])
    }

    static let all = mergeable + splitWeights + withBottlenecks + gated + withVirtualTokens + golden
}
