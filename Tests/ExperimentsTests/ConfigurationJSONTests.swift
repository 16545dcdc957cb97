import Experiments
import Testing

@Suite struct ConfigurationJSONTests {
    static let everything = Configuration(
        components: [
            .lora(
                LoRA(
                    ranks: [
                        Site(layer: 0, projection: .query): 8,
                        Site(layer: 10, projection: .feedForwardOut): 3,
                    ],
                    alphaOverRank: 2, dropout: 0.1, variant: .loraFA, learningRateRatio: 16, gate: true)),
            .adalora(AdaLoRA(ranks: [Site(layer: 2, projection: .key): 6], targetShare: 0.25)),
            .vera(VeRA(sites: [Site(layer: 1, projection: .value)], rank: 64)),
            .miss(MiSS(ranks: [Site(layer: 1, projection: .value): 3])),
            .hira(HiRA(ranks: [Site(layer: 0, projection: .key): 2])),
            .shira(SHiRA(ranks: [Site(layer: 3, projection: .feedForwardIn): 1])),
            .ia3(IA3(parts: [1: [.key, .feedForward], 0: [.value]])),
            .bottleneck(
                Bottleneck(
                    site: .parallelFeedForward, widths: [1: 32], activation: .gelu, scale: 0.5, gate: true)),
            .bottleneck(
                Bottleneck(
                    site: .serialAttention, widths: [0: 4, 2: 16], form: .hypernetwork, embeddingSize: 2,
                    droppedLayers: 3)),
            .bottleneck(
                Bottleneck(
                    site: .serialFeedForward, widths: [3: 16], form: .phm, phmDimension: 8, copies: 3,
                    consistency: 0.5)),
            .fusion(
                AdapterFusion(
                    adapters: [
                        .init(
                            artifact: AdapterFusionTests.hash("a"),
                            bottleneck: Bottleneck(
                                site: .pfeiffer, widths: [0: 4, 1: 8], form: .phm, copies: 2)),
                        .init(
                            artifact: AdapterFusionTests.hash("b"),
                            bottleneck: Bottleneck(site: .pfeiffer, widths: [1: 3, 4: 3], scale: 2)),
                    ], layers: [1], model: AdapterFusionTests.hash("c"), regularization: 0)),
            .prefix(PrefixTuning(lengths: [2: 4], start: .random, gate: true)),
            .prompt(
                PromptTuning(length: 5, start: .text, placement: .afterFirst, text: "Is it \u{1F600} or not?")
            ),
            .bias(BiasTuning(layers: [0, 4], subset: .queryAndFeedForward)), .layerNorm(LayerNormTuning()),
            .unfreeze(Unfreezing(layers: [5, 2], embeddings: true, learningRateScale: 0.25)),
        ],
        head: HeadSettings(pooler: .absent, dropout: 0.2, learningRateScale: 2),
        training: TrainingSettings(
            learningRate: 3e-4, epochs: 2, batchSize: 16, warmup: 0.1, schedule: .cosine, weightDecay: 0.05,
            gradientClipping: 0))

    @Test func `a configuration reads back as it was`() throws {
        for configuration in [Self.everything, Configuration()] {
            let text = configuration.json.canonicalText
            #expect(try Configuration(json: JSON.parse(text)) == configuration)
            #expect(try Configuration(json: JSON.parse(text)).json.canonicalText == text)
        }
    }

    @Test func `what is left out has its default`() throws {
        #expect(try Configuration(json: [:]) == Configuration())
        let lora = try Configuration(json: ["components": [["lora": ["ranks": ["3.value": 4]]]]])
        #expect(lora.components == [.lora(LoRA(ranks: [Site(layer: 3, projection: .value): 4]))])
    }

    @Test func `the canonical form drops zeros and what changes nothing, and has one order`() throws {
        let written: JSON = [
            "components": [
                ["unfreeze": ["layers": [], "embeddings": false]], ["layernorm": ["layers": [1, 0]]],
                ["bias": ["layers": []]],
                ["bottleneck": ["site": "serial_ffn", "widths": ["1": 8, "2": 0]]],
                ["bottleneck": ["site": "parallel_ffn", "widths": ["0": 0]]],
                ["lora": ["ranks": ["1.query": 0, "0.query": 8.0, "0.key": 0]]],
            ]
        ]
        let configuration = try Configuration(json: written)
        #expect(configuration.components.map(\.method) == ["lora", "bottleneck", "layernorm"])
        #expect(
            configuration.json["components"]?.canonicalText
                == #"[{"lora":{"alpha_over_rank":1,"dropout":0,"ranks":{"0.query":8}}},"#
                + #"{"bottleneck":{"activation":"relu","scale":1,"site":"serial_ffn","widths":{"1":8}}},"#
                + #"{"layernorm":{"layers":[0,1]}}]"#)
    }

    @Test func `one method with other settings stands again at other places, in one order`() throws {
        func configuration(_ components: [JSON]) throws -> Configuration {
            try Configuration(json: ["components": .array(components)])
        }
        let plain: JSON = ["lora": ["ranks": ["0.query": 4]]]
        let dora: JSON = ["lora": ["ranks": ["1.query": 4], "variant": "dora"]]
        let relu: JSON = ["bottleneck": ["site": "serial_ffn", "widths": ["0": 4]]]
        let gelu: JSON = ["bottleneck": ["site": "serial_ffn", "widths": ["1": 4], "activation": "gelu"]]
        let one = try configuration([plain, dora, relu, gelu])
        #expect(one.components.count == 4)
        #expect(try configuration([gelu, dora, relu, plain]).json == one.json)
        #expect(try Configuration(json: one.json) == one)
        let same: JSON = ["lora": ["ranks": ["2.query": 2]]]
        let error = try #require(throws: InputError.self) { try configuration([plain, same]) }
        #expect(error.reason == "lora stands twice")
    }

    @Test func `zeros of a configuration made in code are dropped too`() {
        let site = Site(layer: 0, projection: .query)
        let zeros = Configuration(components: [
            .lora(LoRA(ranks: [site: 0])), .bottleneck(Bottleneck(site: .serialAttention, widths: [0: 0])),
        ])
        #expect(zeros.json == Configuration().json)
        let both = LoRA(ranks: [site: 2, Site(layer: 1, projection: .key): 0])
        #expect(
            Configuration(components: [.lora(both)]).json
                == Configuration(components: [.lora(LoRA(ranks: [site: 2]))]).json)
    }

    /// A configuration, and what is said of it.
    @Test(arguments: [
        (#"[]"#, "expected a map of keys and values, found a list of 0"),
        (
            #"{"component":[]}"#,
            "component: is not a key here; known are components, head, training\n  try: components"
        ),
        (#"{"components":{}}"#, "components: expected a list, found a map of 0"),
        (
            #"{"components":[{}]}"#,
            "components[0]: expected a map with one key, the component (nf4, lora, adalora, vera, miss, hira, shira, ia3, bottleneck, fusion, prefix, prefix_plus, prompt, bias, layernorm, unfreeze)"
        ),
        (
            #"{"components":[{"lora":{},"bias":{}}]}"#,
            "components[0]: expected a map with one key, the component (nf4, lora, adalora, vera, miss, hira, shira, ia3, bottleneck, fusion, prefix, prefix_plus, prompt, bias, layernorm, unfreeze)"
        ),
        (
            #"{"components":[{"lorra":{}}]}"#,
            "components[0].lorra: is not a component; known are nf4, lora, adalora, vera, miss, hira, shira, ia3, bottleneck, fusion, prefix, prefix_plus, prompt, bias, layernorm, unfreeze\n  try: lora"
        ),
        (
            #"{"components":[{"lora":{"rank":4}}]}"#,
            "components[0].lora.rank: is not a key here; known are alpha_over_rank, dropout, gate, learning_rate_ratio, ranks, start, variant\n  try: ranks"
        ),
        (
            #"{"components":[{"lora":{"ranks":{"query":4}}}]}"#,
            "components[0].lora.ranks.query: expected layer.projection, such as 3.query "
                + "(query, key, value, attention_output, ffn_in, ffn_out)"
        ),
        (
            #"{"components":[{"lora":{"ranks":{"01.query":4}}}]}"#,
            "components[0].lora.ranks.01.query: expected layer.projection, such as 3.query "
                + "(query, key, value, attention_output, ffn_in, ffn_out)"
        ),
        (
            #"{"components":[{"lora":{"ranks":{"1.query":1025}}}]}"#,
            "components[0].lora.ranks.1.query: expected a whole number from 0 to 1024, found 1025"
        ),
        (
            #"{"components":[{"lora":{"ranks":{"1.query":-1}}}]}"#,
            "components[0].lora.ranks.1.query: expected a whole number from 0 to 1024, found -1"
        ),
        (
            #"{"components":[{"lora":{"ranks":{"1.query":2.5}}}]}"#,
            "components[0].lora.ranks.1.query: expected a whole number from 0 to 1024, found 2.5"
        ),
        (
            #"{"components":[{"lora":{"alpha_over_rank":0}}]}"#,
            "components[0].lora.alpha_over_rank: expected a number above 0 and up to 1000, found 0"
        ),
        (
            #"{"components":[{"lora":{"dropout":1}}]}"#,
            "components[0].lora.dropout: expected a number from 0 to 0.99, found 1"
        ),
        (
            #"{"components":[{"lora":{"variant":"dara"}}]}"#,
            "components[0].lora.variant: expected one of lora, rslora, lora_fa, dora, dylora, "
                + "found \"dara\"\n  try: dora"
        ),
        (
            #"{"components":[{"lora":{"ranks":{"1.key":2},"variant":"dora"}},{"ia3":{"sites":["1.key"]}}]}"#,
            "components: dora rescales all of 1.key, which ia3 edits too"
        ),
        (
            #"{"components":[{"ia3":{"sites":["key"]}}]}"#,
            "components[0].ia3.sites: expected layer.part, such as 3.key "
                + "(key, value, ffn, attention_output, ffn_in, query), found \"key\""
        ),
        (
            #"{"components":[{"bottleneck":{"widths":{"0":4}}}]}"#,
            "components[0].bottleneck.site: is missing: expected one of parallel_ffn, serial_attention, serial_ffn, pfeiffer"
        ),
        (
            #"{"components":[{"bottleneck":{"site":"serial_fnn"}}]}"#,
            "components[0].bottleneck.site: expected one of parallel_ffn, serial_attention, serial_ffn, pfeiffer, "
                + "found \"serial_fnn\"\n  try: serial_ffn"
        ),
        (
            #"{"components":[{"bottleneck":{"site":"serial_ffn","widths":{"-1":4}}}]}"#,
            "components[0].bottleneck.widths.-1: expected a layer, counted from 0"
        ),
        (
            #"{"components":[{"bottleneck":{"site":"serial_ffn","widths":{"1":4097}}}]}"#,
            "components[0].bottleneck.widths.1: expected a whole number from 0 to 4096, found 4097"
        ),
        (
            #"{"components":[{"bottleneck":{"site":"serial_ffn","widths":{"1":8,"2":6},"form":"phm"}}]}"#,
            "components: bottleneck at serial_ffn of form phm is 6 wide in layer 2, which 4 does not divide"
        ),
        (
            #"{"components":[{"lora":{"ranks":{"1.key":2},"variant":"rslora","gate":true}}]}"#,
            "components: lora.gate takes the place of the scale, which makes no rslora"
        ),
        (
            #"{"components":[{"lora":{"ranks":{"1.key":2},"start":"pissa","gate":true}}]}"#,
            "components: lora.gate scales the update, but not what pissa takes out of the weight"
        ),
        (
            #"{"components":[{"bottleneck":{"site":"serial_ffn","widths":{"1":8},"consistency":1}}]}"#,
            "components: bottleneck.consistency compares passes with other copies, and bottleneck.copies is 1"
        ),
        (
            #"{"components":[{"bottleneck":{"site":"serial_ffn","widths":{"1":8},"copies":2,"consistency":1}},"#
                + #"{"bottleneck":{"site":"pfeiffer","widths":{"1":8},"copies":2,"consistency":0.5}}]}"#,
            "components: there is one comparison of two passes, and bottleneck.consistency weighs it differently"
        ),
        (
            #"{"components":[{"prompt":{"length":3,"start":"text","text":"\#(String(repeating: "é", count: 5001))"}}]}"#,
            "components[0].prompt.text: expected at most 10000 bytes, found 10002"
        ),
        (
            #"{"components":[{"prefix":{"lengths":{"1":3},"start":"text","text":7}}]}"#,
            "components[0].prefix.text: expected a text, found 7"
        ),
        (
            #"{"components":[{"bias":{"layers":[0,-1]}}]}"#,
            "components[0].bias.layers: expected layers, counted from 0, found -1"
        ),
        (
            #"{"components":[{"unfreeze":{"layers":[10000]}}]}"#,
            "components[0].unfreeze.layers: expected layers, counted from 0, found 10000"
        ),
        (
            #"{"components":[{"unfreeze":{"layers":[1],"embeddings":1}}]}"#,
            "components[0].unfreeze.embeddings: expected true or false, found 1"
        ),
        (
            #"{"components":[{"unfreeze":{"layers":[1],"learning_rate_scale":1.5}}]}"#,
            "components[0].unfreeze.learning_rate_scale: expected a number above 0 and up to 1, found 1.5"
        ),
        (
            #"{"components":[{"bias":{}},{"bias":{"layers":[1]}}]}"#,
            "components: bias stands twice\n  try: one component with all its sizes"
        ),
        (
            #"{"components":[{"bottleneck":{"site":"serial_ffn","widths":{"1":4}}},"#
                + #"{"bottleneck":{"site":"serial_ffn","widths":{"2":4}}}]}"#,
            "components: bottleneck at serial_ffn stands twice\n  try: one component with all its sizes"
        ),
        (
            #"{"head":{"pooler":"none"}}"#,
            "head.pooler: expected one of trained, frozen, absent, found \"none\""
        ),
        (
            #"{"training":{"learning_rate":0}}"#,
            "training.learning_rate: expected a number above 0 and up to 10, found 0"
        ),
        (
            #"{"training":{"learning_rate":"fast"}}"#,
            "training.learning_rate: expected a number above 0 and up to 10, found \"fast\""
        ),
        (#"{"training":{"epochs":0}}"#, "training.epochs: expected a whole number from 1 to 1000, found 0"),
        (
            #"{"training":{"batch_size":4097}}"#,
            "training.batch_size: expected a whole number from 1 to 4096, found 4097"
        ),
        (#"{"training":{"warmup":1.01}}"#, "training.warmup: expected a number from 0 to 1, found 1.01"),
        (
            #"{"training":{"schedule":"linar"}}"#,
            "training.schedule: expected one of constant, linear, cosine, found \"linar\"\n  try: linear"
        ),
        (
            #"{"training":{"weight_decay":-1}}"#,
            "training.weight_decay: expected a number from 0 to 10, found -1"
        ),
        (
            #"{"components":[{"lora":{"ranks":{"0.key":4}}},{"lora":{"ranks":{"0.key":2},"variant":"dora"}}]}"#,
            "components: lora stands twice at 0.key\n  try: one of them there"
        ),
        (
            #"{"components":[{"prompt":{"length":2,"text":"a review"}}]}"#,
            "components: prompt.text is read where prompt.start is text alone"
        ),
        (
            #"{"components":[{"prefix":{"lengths":{"0":2},"start":"text","projection":4}}]}"#,
            "components: prefix.projection makes the keys and values, which can then not begin as a text's"
        ),
        (
            #"{"components":[{"vera":{"sites":["0.key","0.key"]}}]}"#,
            "components[0].vera.sites: 0.key stands twice"
        ),
        (
            #"{"components":[{"ia3":{"sites":["0.key","0.key"]}}]}"#,
            "components[0].ia3.sites: 0.key stands twice"
        ),
        (
            #"{"components":[{"unfreeze":{"layers":[1,1]}}]}"#,
            "components[0].unfreeze.layers: 1 stands twice"
        ),
        (
            #"{"training":{"gradient_clipping":1e7}}"#,
            "training.gradient_clipping: expected a number from 0 to 1000000, found 10000000"
        ),
    ])
    func `what is wrong is said with its key`(text: String, message: String) throws {
        let json = try JSON.parse(text)
        let error = try #require(throws: InputError.self) { try Configuration(json: json) }
        #expect(error.description == "configuration: \(message)")
    }

    static let shape = ModelShape(
        vocabulary: 60, positions: 40, tokenTypes: 2, layers: 3, hidden: 16, heads: 4, feedForward: 32)

    /// A component, and what is said of it in a model of 3 blocks and 16 hidden
    /// units.
    @Test(arguments: [
        (
            #"{"bottleneck":{"site":"pfeiffer","widths":{"1":6},"form":"phm","phm_dimension":3}}"#,
            "bottleneck at pfeiffer of form phm needs a hidden size that 3 divides: the model's is 16"
        ),
        (
            #"{"bottleneck":{"site":"serial_ffn","widths":{"1":6},"dropped_layers":4}}"#,
            "bottleneck at serial_ffn drops up to 4 layers of a model that has 3"
        ),
    ])
    func `what makes no sense in a model is refused`(component: String, reason: String) throws {
        let configuration = try Configuration(json: JSON.parse("{\"components\":[\(component)]}"))
        let error = try #require(throws: InputError.self) { try configuration.check(against: Self.shape) }
        #expect(error.reason == reason)
    }

    @Test func `a layer that the model lacks is refused`() throws {
        let shape = Self.shape
        func check(_ text: String) throws { try Configuration(json: JSON.parse(text)).check(against: shape) }
        try check(#"{}"#)
        try check(#"{"components":[{"lora":{"ranks":{"2.query":4,"3.key":0}}}]}"#)
        for component in [
            #"{"lora":{"ranks":{"3.query":4}}}"#, #"{"bias":{"layers":[3]}}"#,
            #"{"unfreeze":{"layers":[9]}}"#,
            #"{"lora":{"ranks":{"9223372036854775807.query":4}}}"#,
            #"{"bottleneck":{"site":"serial_ffn","widths":{"3":1}}}"#,
        ] {
            let error = try #require(throws: InputError.self) { try check("{\"components\":[\(component)]}") }
            #expect(error.reason.hasSuffix("does not exist: the model has layers 0 to 2"))
        }
    }
}
