import Experiments
import Testing

/// What a fusion may be, and how one is made of finished trials.
@Suite struct AdapterFusionTests {
    static func hash(_ digit: Character) -> String { String(repeating: digit, count: 64) }

    private static let model = ModelReference(
        path: "model", family: "bert", shape: ConfigurationJSONTests.shape, files: ["config.json": hash("0")])

    private static func json(
        _ adapters: [(artifact: String, bottleneck: String)], layers: String = "[1]", others: String = ""
    ) throws -> JSON {
        let entries = adapters.map { #"{"artifact":"\#($0.artifact)","bottleneck":{\#($0.bottleneck)}}"# }
        return try JSON.parse(
            #"{"components":[{"fusion":{"layers":\#(layers),"model":"\#(hash("c"))","#
                + #""adapters":[\#(entries.joined(separator: ","))]}}\#(others)]}"#)
    }

    private static let (first, second) = (
        (hash("a"), #""site":"serial_ffn","widths":{"0":2,"1":4}"#),
        (hash("b"), #""site":"serial_ffn","widths":{"1":3}"#)
    )

    private static let refused:
        [(adapters: [(String, String)], layers: String, others: String, reason: String)] = [
            ([first], "[1]", "", "expected 2 to 32 adapters, found 1"),
            (
                [first, ("../../secret", second.1)], "[1]", "",
                "expected a SHA-256 of 64 digits 0-9 and a-f, found \"../../secret\""
            ),
            (
                [first, (hash("b"), #""site":"pfeiffer","widths":{"1":3}"#)], "[1]", "",
                "fusion combines adapters of one site, and these stand at serial_ffn and pfeiffer"
            ),
            ([first, (hash("a"), second.1)], "[1]", "", "fusion names an artifact twice"),
            (
                [first, (hash("b"), #""site":"serial_ffn","widths":{"1":3},"gate":true"#)], "[1]", "",
                "fusion of gated adapters is not defined"
            ),
            ([first, second], "[0, 1]", "", "fusion in layer 0 needs two adapters there, and 1 has a width"),
            (
                [first, second], "[1]", #",{"bottleneck":{"site":"serial_ffn","widths":{"1":2}}}"#,
                "fusion takes the place of the bottleneck at serial_ffn in layer 1"
            ),
            (
                [first, (hash("b"), #""site":"serial_ffn","widths":{"1":3},"form":"phm""#)], "[1]", "",
                "bottleneck at serial_ffn of form phm is 3 wide in layer 1, which 4 does not divide"
            ),
        ]

    @Test(arguments: refused.indices)
    func `what has no meaning is refused`(index: Int) throws {
        let (adapters, layers, others, reason) = Self.refused[index]
        let json = try Self.json(adapters.map { ($0.0, $0.1) }, layers: layers, others: others)
        let error = try #require(throws: InputError.self) { try Configuration(json: json) }
        #expect(error.reason == reason)
    }

    @Test func `it stands beside other methods, and bottlenecks in other layers of its site`() throws {
        let others =
            #",{"lora":{"ranks":{"1.query":2}}},{"prefix":{"lengths":{"0":2}}},{"unfreeze":{"layers":[2]}},"#
            + #"{"bottleneck":{"site":"pfeiffer","widths":{"1":2}}}"#
        let configuration = try Configuration(json: Self.json([Self.first, Self.second], others: others))
        try configuration.check(against: ConfigurationJSONTests.shape)
        #expect(configuration.components.count == 5)
        let own = 3 * 16 * 16 + 2 * 16
        let alone = try Configuration(json: Self.json([Self.first, Self.second]))
        let shape = ConfigurationJSONTests.shape
        func count(_ configuration: Configuration) -> Int {
            Costs.trainableParameters(of: configuration, shape: shape, labels: 2)
        }
        #expect(count(alone) == count(Configuration()) + own)
        #expect(alone.exportFormats(for: "bert", task: .classification) == [])
    }

    @Test func `a layer that the model lacks is refused, of the fusion and of its adapters`() throws {
        for (adapters, layers) in [
            ([Self.first, (Self.hash("b"), #""site":"serial_ffn","widths":{"1":3,"3":2}"#)], "[1]"),
            (
                [
                    (Self.hash("a"), #""site":"serial_ffn","widths":{"7":3}"#),
                    (Self.hash("b"), #""site":"serial_ffn","widths":{"7":3}"#),
                ], "[7]"
            ),
        ] {
            let configuration = try Configuration(
                json: Self.json(adapters.map { ($0.0, $0.1) }, layers: layers))
            let error = try #require(throws: InputError.self) {
                try configuration.check(against: ConfigurationJSONTests.shape)
            }
            #expect(error.reason.hasSuffix("does not exist: the model has layers 0 to 2"))
        }
    }

    private static func parent(_ number: Int, _ bottlenecks: Bottleneck...) -> FusionParent {
        FusionParent(
            number: number, artifact: hash(Character("\(number)")),
            configuration: Configuration(
                components: [.lora(LoRA(ranks: [Site("0.query")!: 2]))] + bottlenecks.map { .bottleneck($0) },
                head: HeadSettings(pooler: .frozen), training: TrainingSettings(epochs: 7)))
    }

    @Test func `trials are combined wherever two of them have a bottleneck`() throws {
        let parents = [
            Self.parent(
                1, Bottleneck(site: .pfeiffer, widths: [0: 2, 1: 2]),
                Bottleneck(site: .serialAttention, widths: [0: 3])),
            Self.parent(2, Bottleneck(site: .pfeiffer, widths: [1: 4, 2: 5], activation: .gelu)),
            Self.parent(3, Bottleneck(site: .pfeiffer, widths: [2: 6, 1: 0])),
        ]
        let configuration = try Configuration.fusing(parents, model: Self.model)
        let fusion = try #require(configuration.components.first?.value as? AdapterFusion)
        #expect(configuration.components.count == 1 && fusion.layers == [1, 2] && fusion.site == .pfeiffer)
        #expect(fusion.adapters.map(\.artifact) == ["1", "2", "3"].map { Self.hash($0) })
        #expect(
            fusion.present(in: 1).map(\.width) == [2, 4] && fusion.present(in: 2).map(\.width) == [5, 6])
        #expect(configuration.head.pooler == .frozen && configuration.training.epochs == 7)
        #expect(configuration.training.learningRate == 5e-5)
        #expect(try Configuration(json: configuration.json).json == configuration.json)

        let one = try Configuration.fusing(Array(parents.prefix(2)), layers: [1], model: Self.model)
        #expect((one.components.first?.value as? AdapterFusion)?.layers == [1])
    }

    @Test func `trials that share nothing are refused by their numbers`() throws {
        let parents = [
            Self.parent(4, Bottleneck(site: .pfeiffer, widths: [0: 2])),
            Self.parent(5, Bottleneck(site: .pfeiffer, widths: [0: 2])),
            Self.parent(6, Bottleneck(site: .serialFeedForward, widths: [0: 2])),
            Self.parent(7, Bottleneck(site: .pfeiffer, widths: [0: 2], gate: true)),
        ]
        func reason(_ parents: [FusionParent], layers: Set<Int>? = nil) -> String? {
            do {
                _ = try Configuration.fusing(parents, layers: layers, model: Self.model)
                return nil
            } catch {
                return error.reason
            }
        }
        #expect(reason(parents) == "6, 7 share no bottlenecks with other trials")
        #expect(reason([parents[0]]) == "4 share no bottlenecks with other trials")
        #expect(
            reason(Array(parents.prefix(2)), layers: [1])
                == "4, 5 share no bottlenecks with other trials in these layers")
        #expect(reason(Array(parents.prefix(2))) == nil)
    }
}
