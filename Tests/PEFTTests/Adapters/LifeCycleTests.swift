import Experiments
import LinearAlgebra
import PEFT
import TestSupport
import Testing

/// Attach, train, merge, detach.
@Suite struct LifeCycleTests {
    static let batch = TokenBatch(TinyBERT.sequences(8))

    static func train(_ network: Transformer, _ configuration: Configuration, seed: UInt64 = 9) throws {
        let split = TinyBERT.split(20)
        var trainer = Trainer(
            network, on: .tokens(split), targets: split.targets, settings: configuration.training,
            studySeed: 4,
            trialSeed: seed, products: OpenBLASProducts())
        try trainer.run()
    }

    @Test(arguments: ConfigurationCase.all)
    func `a fresh component is the identity bit for bit, but for rounding, or with a reason not`(
        example: ConfigurationCase
    ) throws {
        let logits = try TinyBERT.network(example.configuration).logits(of: Self.batch)
        let plain = Configuration(head: example.configuration.head)
        let expected = try TinyBERT.network(plain).logits(of: Self.batch)
        let error = difference(logits, expected)
        switch example.freshness {
        case .identity:
            #expect(logits.isIdentical(to: expected))
            example.record(.identity, error, tolerance: 0)
        case .rounding:
            #expect(error < 1e-5)
            example.record(.identity, error, tolerance: 1e-5)
        case .another(let reason):
            #expect(error > 1e-4)
            example.record(.identity, impossible: reason)
        }
    }

    @Test(arguments: ConfigurationCase.all)
    func `merged weights give the attached network's logits within 1e-5, or with a reason there are none`(
        example: ConfigurationCase
    ) throws {
        let network = try TinyBERT.network(example.configuration)
        network.shake(deviation: 0.1, seed: 6)
        if let reason = example.mergeObstacle {
            #expect(network.merged() == nil)
            return example.record(.merge, impossible: reason)
        }
        let tensors = try #require(network.merged())
        let base = try TinyBERT.base()
        let merged = BaseModel(
            family: base.family, shape: base.shape, layerNormEpsilon: base.layerNormEpsilon,
            paddingID: base.paddingID,
            tensors: tensors)
        let plain = try Transformer.attach(
            Configuration(head: example.configuration.head), to: merged, classes: TinyBERT.classes, seed: 99)
        let classifier = tensors.filter { $0.key.hasPrefix("classifier.") }
        #expect(classifier.count == 2 && plain.setTrained(classifier).isEmpty)
        let error = difference(plain.logits(of: Self.batch), network.logits(of: Self.batch))
        #expect(error < 1e-5, "\(error)")
        example.record(.merge, error, tolerance: 1e-5)
    }

    @Test(arguments: [.nan, -1, 0.5, 1e9, .infinity] as [Float])
    func `entries outside of their weight are refused`(index: Float) throws {
        let shira = SHiRA(ranks: [Site(layer: 0, projection: .query): 1])
        let network = try TinyBERT.network(Configuration(components: [.shira(shira)]))
        let indices = try #require(network.constants.first)
        var values = indices.value.values
        #expect(network.setTrained([indices.name: indices.value]).isEmpty)
        values[3] = index
        let wrong = Matrix(rows: 2, columns: indices.value.columns, values: values)
        #expect(network.setTrained([indices.name: wrong]) == [indices.name])
        #expect(network.logits(of: Self.batch).values.allSatisfy { $0.isFinite })
    }

    @Test(arguments: ConfigurationCase.all)
    func `training leaves the base as it was, bit for bit`(example: ConfigurationCase) throws {
        let base = try TinyBERT.base()
        let network = try Transformer.attach(
            example.configuration, to: base, classes: TinyBERT.classes, seed: 1)
        let start = Dictionary(uniqueKeysWithValues: network.trainedTensors.map { ($0.name, $0.value) })
        try Self.train(network, example.configuration)
        for (name, value) in network.trainedTensors
        where !Self.isUnmoved(name) && !(example.dropsLayers && name.contains("layer.0.bottleneck")) {
            #expect(!value.isIdentical(to: start[name]!), "\(name) did not move")
        }
        // Read again, because a copy would share a storage that was written to.
        let untouched = try TinyBERT.base().weights
        #expect(Set(base.weights.keys) == Set(untouched.keys))
        for (name, value) in base.weights {
            #expect(value.matrix.isIdentical(to: untouched[name]!.matrix), "\(name)")
        }
    }

    @Test func `the tensors of every method are stored and put back`() throws {
        let folder = try TemporaryFolder()
        let store = ArtifactStore(folder: folder.path)
        for example in ConfigurationCase.all {
            let network = try TinyBERT.network(example.configuration)
            let hash = try store.store(network.trainedTensors)
            let tensors = try #require(try store.load(hash))
            #expect(network.setTrained(tensors).isEmpty, "\(example.testDescription)")
            #expect(tensors.count == network.trainable.count)
        }
    }

    /// Softmax does not see what adds the same to all scores of a row, AdaLoRA
    /// holds pruned triplets at 0, and few steps do not draw every copy.
    static func isUnmoved(_ name: String) -> Bool {
        name.hasSuffix("self.key.bias") || name.hasSuffix("adalora_E") || name.contains(".copies.")
    }

    @Test func `only trainable tensors change`() throws {
        let configuration = ConfigurationCase(
            "partial",
            [
                .bias(BiasTuning(layers: [0])), .layerNorm(LayerNormTuning(layers: [1])),
                .unfreeze(Unfreezing(layers: [2])),
            ], pooler: .frozen
        ).configuration
        let network = try TinyBERT.network(configuration)
        let start = try #require(network.merged())
        try Self.train(network, configuration)
        let end = try #require(network.merged())
        let names = Set(network.trainable.map(\.name))
        for (name, value) in end where !Self.isUnmoved(name) {
            #expect(value.isIdentical(to: start[name]!) != names.contains(name), "\(name)")
        }
    }

    @Test func `200 random configurations train as many numbers as their costs say, from the same block up`()
        throws
    {
        let base = try TinyBERT.base()
        for seed: UInt64 in 0..<200 {
            let configuration = Configuration.random(seed: seed)
            let network = try Transformer.attach(configuration, to: base, classes: 3, seed: 1)
            let count = network.trainable.reduce(0) { $0 + $1.value.count }
            #expect(
                count == Costs.trainableParameters(of: configuration, shape: base.shape, labels: 3),
                "\(configuration.json.canonicalText)")
            #expect(
                network.lowestTrainableBlock
                    == Costs.lowestAdaptedLayer(of: configuration) ?? base.shape.layers,
                "\(configuration.json.canonicalText)")
            #expect(Set(network.trainable.map(\.name)).count == network.trainable.count)
        }
    }

    @Test func `a component draws the same start values whatever stands beside it`() throws {
        let alone = try TinyBERT.network(ConfigurationCase.mergeable[4].configuration)
        let hybrid = try TinyBERT.network(
            Configuration(components: [
                .lora(
                    LoRA(ranks: [
                        Site(layer: 0, projection: .query): 2, Site(layer: 1, projection: .value): 4,
                    ])),
                .bottleneck(Bottleneck(site: .serialAttention, widths: [0: 3])),
            ]))
        let values = Dictionary(uniqueKeysWithValues: hybrid.trainedTensors.map { ($0.name, $0.value) })
        for (name, value) in alone.trainedTensors {
            #expect(values[name]?.isIdentical(to: value) == true, "\(name)")
        }
        let other = try TinyBERT.network(ConfigurationCase.mergeable[4].configuration, seed: 2)
        let moved = zip(alone.trainedTensors, other.trainedTensors).filter {
            !$0.value.isIdentical(to: $1.value)
        }
        #expect(
            moved.map(\.0.name).sorted() == [
                "classifier.weight", "encoder.layer.1.attention.self.value.lora_A.weight",
            ])
    }

    @Test func `tensors that do not fit are named and change nothing`() throws {
        let network = try TinyBERT.network(Configuration())
        let start = network.trainedTensors
        let refused = network.setTrained([
            "classifier.bias": Matrix(rows: 1, columns: 4), "wave": Matrix(rows: 1, columns: 1),
        ])
        #expect(refused == ["classifier.bias", "wave"])
        #expect(zip(start, network.trainedTensors).allSatisfy { $0.value.isIdentical(to: $1.value) })
    }

    @Test func `a layer that the base lacks is refused`() throws {
        let base = try TinyBERT.base()
        let configuration = Configuration(components: [.bias(BiasTuning(layers: [3]))])
        #expect(throws: InputError.self) {
            try Transformer.attach(configuration, to: base, classes: 2, seed: 1)
        }
    }
}
