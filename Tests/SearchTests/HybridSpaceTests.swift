import Experiments
import Search
import Testing

struct HybridSpaceTests {
    private static func space(_ overrides: [String: ParameterDomain] = [:]) throws -> SearchSpace {
        try HybridSpace.preset(name: "hybrid", shape: Examples.miniLM, overrides: overrides)
    }

    @Test func `the preset has a size for every place`() throws {
        let space = try Self.space()
        // 36 projections, 18 adapters, 6 biases, 6 norms, 6 blocks, the embeddings.
        #expect(space.parameters.filter { $0.place != nil }.count == 73)
        #expect(space.parameters.filter { $0.place == nil }.count == 7)
        #expect(Set(space.parameters.map(\.name)).count == space.parameters.count)
        let rank = try #require(space.parameters.first { $0.name == "lora.4.query" })
        #expect(rank.domain == .levels([0, 1, 2, 4, 8, 16, 32]))
        #expect(rank.place == .init(component: "lora", layer: 4, part: "query"))
        let lora = try HybridSpace.preset(name: "lora", shape: Examples.miniLM)
        #expect(lora.parameters.filter { $0.place != nil }.count == 36)
        #expect(!lora.parameters.contains { $0.name == "bottleneck.scale" })
    }

    @Test func `an assignment spells a configuration`() throws {
        let configuration = try HybridSpace.configuration(
            from: [
                "lora.4.query": 8, "lora.5.value": 4, "lora.alpha_over_rank": 2, "lora.dropout": 0.05,
                "parallel_ffn.5": 32, "bottleneck.scale": 4, "bias.1": 1, "bias.0": 0,
                "head.pooler": "frozen", "training.learning_rate": 0.002, "training.epochs": 2,
            ], in: Self.space())
        let expected = Configuration(
            components: [
                .lora(
                    LoRA(
                        ranks: [Site("4.query")!: 8, Site("5.value")!: 4], alphaOverRank: 2, dropout: 0.05)),
                .bottleneck(Bottleneck(site: .parallelFeedForward, widths: [5: 32], scale: 4)),
                .bias(BiasTuning(layers: [1])),
            ],
            head: HeadSettings(pooler: .frozen), training: TrainingSettings(learningRate: 0.002, epochs: 2))
        #expect(configuration == expected)
    }

    @Test(arguments: HybridSpace.presetNames)
    func `assignments and configurations are two spellings of one thing`(preset: String) throws {
        let space = try HybridSpace.preset(name: preset, shape: Examples.miniLM)
        var proposed: Set<String> = []
        for number in 0..<300 {
            let context = ProposalContext(seed: 3, number: number, space: space, proposed: proposed)
            let proposal = try #require(try RandomStrategy().propose(context))
            let configuration = try HybridSpace.configuration(from: proposal.assignment, in: space)
            #expect(configuration.json == proposal.configuration)
            #expect(try Configuration(json: proposal.configuration) == configuration)
            #expect(HybridSpace.assignment(of: configuration, in: space) == proposal.assignment)
            try configuration.check(against: Examples.miniLM)
            proposed.insert(proposal.configuration.canonicalText)
        }
    }

    @Test func `zeros and settings of absent components are dropped`() throws {
        let space = try Self.space()
        let canonical = try space.canonical([
            "lora.0.key": 0, "lora.alpha_over_rank": 2, "lora.dropout": 0.1, "unfreeze.5": 1,
            "unfreeze.learning_rate_scale": 0.1, "head.pooler": "trained", "training.learning_rate": 0.001,
            "training.epochs": 3.0,
        ])
        #expect(
            canonical.keys.sorted() == [
                "head.pooler", "training.epochs", "training.learning_rate", "unfreeze.5",
                "unfreeze.learning_rate_scale",
            ])
        #expect(canonical["training.epochs"] == .integer(3))
    }

    @Test func `what an assignment lacks or has too much is refused by name`() throws {
        let space = try Self.space()
        let whole: Assignment = [
            "head.pooler": "trained", "training.learning_rate": 0.001, "training.epochs": 3,
        ]
        for (name, value, key) in [
            ("lora.9.query", JSON.integer(8), "lora.9.query"), ("lora.0.query", 3, "lora.0.query"),
            ("training.epochs", 4, "training.epochs"), ("lora.0.query", 8, "lora.alpha_over_rank"),
            ("head.pooler", nil, "head.pooler"),
        ] {
            var assignment = whole
            assignment[name] = value
            let error = #expect(throws: InputError.self) { try space.canonical(assignment) }
            #expect(error?.key == key)
        }
    }

    @Test func `conditions may rest on conditional parameters`() throws {
        let space = SearchSpace(
            meaning: .literal,
            parameters: [
                Parameter(name: "c", domain: .choice(["x"]), condition: .values(["b": [true]])),
                Parameter(name: "b", domain: .choice([true, false]), condition: .values(["a": ["on"]])),
                Parameter(name: "a", domain: .choice(["on", "off"])),
            ])
        #expect(try space.canonical(["a": "off", "b": true, "c": "x"]) == ["a": "off"])
        #expect(try space.canonical(["a": "on", "b": true, "c": "x"]).count == 3)
        #expect(throws: InputError.self) { try space.canonical(["a": "on", "b": true]) }
    }

    @Test func `overrides replace a parameter or a group`() throws {
        let space = try Self.space([
            "lora.rank": .integer(lower: 2, upper: 16, scale: .log2), "lora.0.query": .levels([0]),
            "parallel_ffn.width": .choice([128]), "training.batch_size": .choice([16, 32]),
            "training.learning_rate": .real(lower: 1e-5, upper: 1e-3, scale: .log),
        ])
        func domain(_ name: String) -> ParameterDomain? { space.parameters.first { $0.name == name }?.domain }
        #expect(domain("lora.0.query") == .levels([0]))
        #expect(domain("lora.0.key") == .levels([0, 2, 4, 8, 16]))
        #expect(domain("parallel_ffn.3") == .levels([0, 128]))
        #expect(domain("serial_ffn.3") == .levels([0, 4, 8, 16, 32, 64]))
        #expect(domain("training.batch_size") == .choice([16, 32]))
        #expect(domain("training.learning_rate") == .real(lower: 1e-5, upper: 1e-3, scale: .log))
    }

    @Test func `(IA)3's other places are there when a study names them`() throws {
        func sizes(
            _ preset: String, _ overrides: [String: ParameterDomain] = [:]
        ) throws -> [String: ParameterDomain] {
            let space = try HybridSpace.preset(name: preset, shape: Examples.miniLM, overrides: overrides)
            let own = space.parameters.filter { $0.place?.component == "ia3" }
            return Dictionary(uniqueKeysWithValues: own.map { ($0.name, $0.domain) })
        }
        let on = ParameterDomain.levels([0, 1])
        #expect(try sizes("mergeable").count == 18, "keys, values and feed-forward parts")
        let one = try sizes("mergeable", ["ia3.0.attention_output": on, "ia3.sites": .levels([0])])
        #expect(one.count == 19 && one["ia3.0.attention_output"] == on && one["ia3.0.key"] == .levels([0]))
        let group = try sizes("small", ["ia3.query": on])
        #expect(group.count == 24 && group["ia3.5.query"] == on)
        #expect(try sizes("everything").count == 36)
        let space = try HybridSpace.preset(
            name: "mergeable", shape: Examples.miniLM, overrides: ["ia3.0.attention_output": on])
        let configuration = Configuration(components: [.ia3(IA3(parts: [0: [.attentionOutput]]))])
        #expect(HybridSpace.assignment(of: configuration, in: space) != nil)
    }

    @Test(
        arguments: [
            (
                "hybrid", ["lora.start": ["pissa"], "lora.variant": ["dylora"]], "lora.variant",
                "dylora needs factors"
            ),
            ("unipelt", ["lora.variant": ["dora"]], "lora.variant", "which makes no dora"),
            (
                "everything", ["bottleneck.consistency": [1], "bottleneck.copies": [1]], "bottleneck.copies",
                "bottleneck.copies is 1"
            ),
            (
                "hybrid", ["bottleneck.form": ["phm"], "bottleneck.phm_dimension": [5]], "bottleneck.form",
                "which 5 does not divide"
            ),
        ] as [(String, [String: [JSON]], String, String)])
    func `settings that contradict each other everywhere are refused`(
        preset: String, settings: [String: [JSON]], key: String, reason: String
    ) throws {
        let overrides = settings.mapValues(ParameterDomain.choice)
        let error = #expect(throws: InputError.self) {
            try HybridSpace.preset(name: preset, shape: Examples.miniLM, overrides: overrides)
        }
        #expect(error?.key == key)
        #expect(error?.reason.contains(reason) == true, "\(error?.reason ?? "")")
    }

    /// Each has a meaning beside some values of others, if not beside all.
    @Test(
        arguments: [
            ["bottleneck.consistency": [1], "bottleneck.copies": [1, 2]],
            ["bottleneck.form": ["phm"], "bottleneck.phm_dimension": [3], "serial_ffn.width": [0, 6]],
            ["lora.gate": [true]], ["lora.start": ["pissa"], "lora.rank": [0, 384, 1024]],
            ["prefix.shifts_positions": [true]],
        ] as [[String: [JSON]]])
    func `settings that can stand somewhere are accepted`(settings: [String: [JSON]]) throws {
        let overrides = settings.mapValues(ParameterDomain.choice)
        _ = try HybridSpace.preset(name: "everything", shape: Examples.miniLM, overrides: overrides)
    }

    @Test(arguments: HybridSpace.presetNames)
    func `every preset fits a model of one block`(preset: String) throws {
        var shape = Examples.miniLM
        shape.layers = 1
        #expect(try !HybridSpace.preset(name: preset, shape: shape).parameters.isEmpty)
    }

    @Test func `a study may search among texts`() throws {
        let texts: [JSON] = ["", "Is the review good or bad?"]
        let space = try HybridSpace.preset(
            name: "everything", shape: Examples.miniLM,
            overrides: ["prompt.start": .choice(["text"]), "prompt.text": .choice(texts)])
        let parameter = try #require(space.parameters.first { $0.name == "prompt.text" })
        #expect(parameter.domain == .choice(texts) && parameter.condition == .component("prompt"))
        let error = #expect(throws: InputError.self) {
            try HybridSpace.preset(
                name: "everything", shape: Examples.miniLM, overrides: ["prompt.text": .choice([7])])
        }
        #expect(error?.reason == "expected texts of up to 10000 bytes, found {\"choice\":[7]}")
    }

    @Test(arguments: [
        ("lora.rnk", ParameterDomain.levels([0, 1]), "lora.rank"),
        ("lora.7.query", .levels([0]), "lora.0.query"),
        ("training.learning_rat", .choice([1]), "training.learning_rate"),
    ])
    func `an unknown name is refused with the nearest`(name: String, domain: ParameterDomain, nearest: String)
    {
        let error = #expect(throws: InputError.self) { try Self.space([name: domain]) }
        #expect(error?.key == name)
        #expect(error?.suggestion == nearest)
    }

    @Test(arguments: [
        ("lora.rank", ParameterDomain.levels([0, 4096])),
        ("lora.rank", .real(lower: 1, upper: 8, scale: .log)),
        ("lora.rank", .integer(lower: -1, upper: 4, scale: .linear)), ("bias.blocks", .levels([0, 2])),
        ("lora.rank", .integer(lower: .min, upper: .max, scale: .linear)),
        ("lora.rank", .choice(["8"])), ("training.epochs", .real(lower: 1, upper: 3, scale: .linear)),
        ("training.epochs", .integer(lower: 0, upper: 3, scale: .linear)),
        ("training.learning_rate", .real(lower: 0, upper: 1, scale: .linear)),
        ("head.pooler", .choice(["trained", "thawed"])),
    ])
    func `an impossible value is refused`(name: String, domain: ParameterDomain) {
        let error = #expect(throws: InputError.self) { try Self.space([name: domain]) }
        #expect(error?.key == name)
    }

    @Test func `the small space is kept to a thousandth of the model and the classifier`() throws {
        let small = try HybridSpace.preset(name: "small", shape: Examples.miniLM)
        let constraint = try #require(
            HybridSpace.constraints(of: small, shape: Examples.miniLM, outputs: 2).first)
        #expect(constraint.description == "trainable_parameters <= 23335")
        let costs = Costs(shape: Examples.miniLM, data: Examples.facts)
        for number in 0..<50 {
            let context = ProposalContext(
                seed: 5, number: number, space: small, constraints: [constraint], costs: costs)
            let proposal = try #require(try RandomStrategy().propose(context))
            let configuration = try Configuration(json: proposal.configuration)
            #expect(costs.trainableParameters(of: configuration) <= 23_335)
        }
        #expect(
            HybridSpace.constraints(of: try Self.space(), shape: Examples.miniLM, outputs: 2).isEmpty)
    }

    @Test func `an unknown preset is refused with the nearest`() {
        let error = #expect(throws: InputError.self) {
            try HybridSpace.preset(name: "hibrid", shape: Examples.miniLM)
        }
        #expect(error?.suggestion == "hybrid")
    }

    @Test func `a configuration outside the space has no assignment`() throws {
        let space = try Self.space()
        let outside: [Configuration] = [
            Configuration(components: [.lora(LoRA(ranks: [Site("0.query")!: 3]))]),
            Configuration(components: [.bias(BiasTuning())]),
            Configuration(components: [
                .bottleneck(Bottleneck(site: .serialFeedForward, widths: [1: 8], activation: .gelu))
            ]),
            Configuration(training: TrainingSettings(batchSize: 7)),
            Configuration(training: TrainingSettings(learningRate: 1)),
        ]
        for configuration in outside { #expect(HybridSpace.assignment(of: configuration, in: space) == nil) }
        #expect(HybridSpace.assignment(of: Configuration(), in: space) != nil)
    }
}
