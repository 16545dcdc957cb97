import Experiments
import Foundation
import LinearAlgebra
import PEFT
import TestSupport
import Testing

/// Fusions of adapters that trials have trained. Values beside PyTorch's are
/// the golden case `fusion`.
@Suite struct FusedAdaptersTests {
    /// A folder of artifacts of the tiny model, and what names them.
    final class Example {
        let folder: TemporaryFolder
        let model: ModelReference
        let base: BaseModel

        init() throws {
            folder = try TemporaryFolder()
            let files = try GoldenCase.model("")
            base = try BaseModel(folder: files)
            model = ModelReference(
                path: files.path, family: "bert", shape: base.shape, files: try files.fileHashes())
        }

        /// Writes the tensors as the engine does.
        func store(_ tensors: [(name: String, value: Matrix)]) throws -> String {
            let path = "\(folder.path)/partial"
            try SafetensorsWriter.write(
                tensors: tensors.sorted { $0.name < $1.name }.map {
                    ($0.name, [$0.value.rows, $0.value.columns], $0.value.values)
                }, metadata: ["format": "pt"], to: path)
            let hash = try ContentHash.sha256(ofFile: path)
            try FileManager.default.moveItem(atPath: path, toPath: "\(folder.path)/\(hash).safetensors")
            return hash
        }

        /// A finished trial with shaken tensors.
        func trained(_ bottleneck: Bottleneck, seed: UInt64) throws -> AdapterFusion.Adapter {
            let network = try TinyBERT.network(Configuration(components: [.bottleneck(bottleneck)]))
            network.shake(deviation: 0.3, seed: seed)
            return .init(artifact: try store(network.trainedTensors), bottleneck: bottleneck)
        }

        func network(_ configuration: Configuration, fingerprint: String? = nil) throws -> Transformer {
            try .attach(
                configuration, to: base, classes: TinyBERT.classes, seed: 1,
                sources: ComponentSources(
                    modelFolder: model.path, labels: [], modelFingerprint: fingerprint ?? model.fingerprint,
                    artifactFolders: ["\(folder.path)/nothing", folder.path]))
        }

        func fusion(_ adapters: [AdapterFusion.Adapter], layers: Set<Int>) -> Configuration {
            Configuration(
                components: [
                    .fusion(AdapterFusion(adapters: adapters, layers: layers, model: model.fingerprint))
                ],
                head: HeadSettings(dropout: 0),
                training: TrainingSettings(learningRate: 0.01, epochs: 1, batchSize: 4))
        }
    }

    static let batch = TokenBatch(TinyBERT.sequences(6))

    private static func bottleneck(
        _ site: Bottleneck.Placement, _ widths: [Int: Int], form: Bottleneck.Form = .dense, copies: Int = 1
    ) -> Bottleneck {
        Bottleneck(
            site: site, widths: widths, activation: .gelu, scale: 0.5, form: form, phmDimension: 2,
            copies: copies)
    }

    @Test(arguments: Bottleneck.Placement.allCases)
    func `slopes are those of finite differences within 1 percent`(site: Bottleneck.Placement) throws {
        let example = try Example()
        let adapters = [
            try example.trained(Self.bottleneck(site, [0: 3, 1: 2]), seed: 1),
            try example.trained(Self.bottleneck(site, [0: 2, 1: 4, 2: 2]), seed: 2),
            try example.trained(Self.bottleneck(site, [1: 2, 2: 4], form: .phm, copies: 2), seed: 3),
        ]
        let configuration = example.fusion(adapters, layers: [0, 1, 2])
        let network = try example.network(configuration)
        #expect(
            network.trainable.reduce(0) { $0 + $1.value.count }
                == Costs.trainableParameters(of: configuration, shape: example.base.shape, labels: 3))
        let error = try GradientTests.check(network, site.rawValue)
        MeasuredErrors.record(.slopes, of: "fusion", error: error, tolerance: GradientTests.tolerance)
    }

    @Test func `training leaves the adapters as they are`() throws {
        let example = try Example()
        let adapters = try (1...2).map {
            try example.trained(Self.bottleneck(.pfeiffer, [1: 3, 2: 2]), seed: UInt64($0))
        }
        let configuration = example.fusion(adapters, layers: [1, 2])
        let network = try example.network(configuration)
        let start = network.constants.map(\.value)
        #expect(start.count == 16)
        let before = network.trainedTensors
        try LifeCycleTests.train(network, configuration)
        #expect(zip(start, network.constants).allSatisfy { $0.isIdentical(to: $1.value) })
        #expect(zip(before, network.trainedTensors).allSatisfy { !$0.value.isIdentical(to: $1.value) })
        #expect(!network.trainedTensors.contains { $0.name.contains("adapters") })
        #expect(network.merged() == nil)
        MeasuredErrors.record(
            .identity, of: "fusion", impossible: "what it weighs are adapters that have trained")
        let formats: [(MeasuredErrors.Check, ExportFormat)] = [
            (.merge, .merged), (.python, .customCode), (.importBack, .customCode),
        ]
        for (check, format) in formats {
            let obstacles = configuration.obstacles(to: format, for: "bert", task: .classification)
            MeasuredErrors.record(check, of: "fusion", impossible: try #require(obstacles.first))
        }
    }

    @Test func `a fresh fusion of adapters that do the same does what each does`() throws {
        let example = try Example()
        let bottleneck = Self.bottleneck(.serialFeedForward, [0: 3, 2: 4])
        let single = try TinyBERT.network(
            Configuration(components: [.bottleneck(bottleneck)], head: HeadSettings(dropout: 0)))
        single.shake(deviation: 0.3, seed: 5)
        // Another head makes another artifact.
        let adapters = try [0, 1].map { (shift: Float) in
            let tensors = single.trainedTensors.map { name, value in
                (name: name, value: name == "classifier.bias" ? value.map { $0 + shift } : value)
            }
            return AdapterFusion.Adapter(artifact: try example.store(tensors), bottleneck: bottleneck)
        }
        let fused = try example.network(example.fusion(adapters, layers: [0, 2]))
        let head = single.trainedTensors.filter { !$0.name.contains("bottleneck") }
        #expect(fused.setTrained(Dictionary(uniqueKeysWithValues: head)).isEmpty)
        let error = difference(fused.logits(of: Self.batch), single.logits(of: Self.batch))
        #expect(error > 0 && error < 1e-3, "\(error)")
    }

    @Test func `a generated adapter whose trial had a wider one elsewhere is what it was`() throws {
        let example = try Example()
        let fused = Self.bottleneck(.serialFeedForward, [0: 3, 2: 2], form: .hypernetwork)
        let wider = Self.bottleneck(.serialAttention, [1: 6], form: .hypernetwork)
        let trial = try TinyBERT.network(Configuration(components: [.bottleneck(wider), .bottleneck(fused)]))
        trial.shake(deviation: 0.3, seed: 3)
        let adapter = AdapterFusion.Adapter(
            artifact: try example.store(trial.trainedTensors), bottleneck: fused)
        let other = try example.trained(fused, seed: 4)
        let network = try example.network(example.fusion([adapter, other], layers: [0, 2]))
        let found = Dictionary(uniqueKeysWithValues: network.constants.map { ($0.name, $0.value) })
        let own = trial.bottleneckTensors.filter { $0.name.contains(".serial_ffn.") }
        #expect(own.count == 8)
        for (name, value) in own {
            let constant = name.replacing(".bottleneck.serial_ffn.", with: ".fusion.serial_ffn.adapters.0.")
            #expect(found[constant]?.values == value.values, "\(name)")
        }
    }

    @Test func `an adapter without a width in a block takes no part there`() throws {
        let example = try Example()
        let (a, b, c) = (
            try example.trained(Self.bottleneck(.parallelFeedForward, [1: 3, 2: 2]), seed: 1),
            try example.trained(Self.bottleneck(.parallelFeedForward, [1: 2, 2: 2]), seed: 2),
            try example.trained(Self.bottleneck(.parallelFeedForward, [0: 4, 2: 4]), seed: 3)
        )
        let pair = try example.network(example.fusion([a, b], layers: [1]))
        let three = try example.network(example.fusion([a, b, c], layers: [1]))
        #expect(three.logits(of: Self.batch).isIdentical(to: pair.logits(of: Self.batch)))
        let other = try example.network(example.fusion([a, b, c], layers: [1, 2]))
        #expect(difference(other.logits(of: Self.batch), pair.logits(of: Self.batch)) > 1e-4)
    }

    @Test func `files that are not what the configuration says are refused`() throws {
        let example = try Example()
        let good = try example.trained(Self.bottleneck(.pfeiffer, [0: 3, 1: 2]), seed: 1)
        let second = try example.trained(Self.bottleneck(.pfeiffer, [0: 2, 1: 2]), seed: 2)
        func reason(
            _ adapters: [AdapterFusion.Adapter], layers: Set<Int> = [1], fingerprint: String? = nil
        ) throws -> String {
            let configuration = example.fusion(adapters, layers: layers)
            return try #require(throws: InputError.self) {
                try example.network(configuration, fingerprint: fingerprint)
            }.reason
        }
        _ = try example.network(example.fusion([good, second], layers: [1]))
        let missing = String(repeating: "f", count: 64)
        #expect(
            try reason([good, .init(artifact: missing, bottleneck: second.bottleneck)]).contains(
                "is not here"))
        #expect(
            try reason([good, second], fingerprint: missing).hasPrefix("the adapters were trained on another")
        )
        var wider = second
        wider.bottleneck.widths[1] = 5
        #expect(try reason([good, wider]) == "has another shape than the configuration says")
        var elsewhere = second
        elsewhere.bottleneck.widths[2] = 2
        #expect(try reason([good, elsewhere]).hasPrefix("is missing: the trial trained no such bottleneck"))
        let network = try TinyBERT.network(Configuration(components: [.bottleneck(second.bottleneck)]))
        let poisoned = network.trainedTensors.map { name, value in
            (name: name, value: name.hasSuffix("up.bias") ? value.map { _ in .nan } : value)
        }
        let hostile = AdapterFusion.Adapter(
            artifact: try example.store(poisoned), bottleneck: second.bottleneck)
        #expect(try reason([good, hostile]) == "has a number that is not finite")
        let path = "\(example.folder.path)/\(second.artifact).safetensors"
        var bytes = try readFile(path)
        bytes[bytes.count - 1] ^= 1
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        #expect(try reason([good, second]) == "the bytes are not those that the name says")
        let plain = try #require(throws: InputError.self) {
            try Transformer.attach(
                example.fusion([good, second], layers: [1]), to: example.base, classes: 3, seed: 1)
        }
        #expect(plain.reason == "needs the trained tensors of finished trials")
    }

    @Test func `as many operations run as are counted`() throws {
        let example = try Example()
        let sequence = TinyBERT.sequences(3, seed: 8)[1]
        let tokens = sequence.ids.count
        let facts = DataFacts(
            labels: ["a", "b", "c"], trainExamples: 1, validationExamples: 1, testExamples: nil,
            trainTokens: tokens, validationTokens: tokens, squaredTokens: 0, majorityShare: 0.5)
        let costs = Costs(shape: example.base.shape, data: facts)
        for site in Bottleneck.Placement.allCases {
            let adapters = try (1...3).map {
                try example.trained(Self.bottleneck(site, [0: 3, 1: $0]), seed: UInt64($0))
            }
            var configuration = example.fusion(adapters, layers: [0, 1])
            configuration.head.pooler = .absent
            let products = ProfiledProducts(OpenBLASProducts()) { 0 }
            _ = try example.network(configuration).lossAndGradients(
                TokenBatch([sequence]), targets: .labels([1]), by: products)
            let run = products.times.values.reduce(0) { $0 + $1.operations }
            // Attention of the last block is counted by its tokens where only one row asks.
            #expect(costs.trainingFLOPsPerExample(of: configuration) - 3 * 4 * 16 * Double(tokens) == run)
        }
    }

    @Test func `the engine fuses what it has trained, and measures it again from its own tensors`() throws {
        let example = try EngineExample()
        let engine = example.engine()
        func assignment(_ configuration: Configuration, seed: UInt64) -> NativeEngine.Assignment {
            NativeEngine.Assignment(study: example.study, seed: seed, configuration: configuration)
        }
        func train(_ configuration: Configuration, seed: UInt64) throws -> TrialResult {
            try engine.train(
                assignment(configuration, seed: seed), report: { _ in }, exclusively: { try $0() })
        }
        let parents = try (1...2).map { number in
            let configuration = Configuration(
                components: [.bottleneck(Self.bottleneck(.pfeiffer, [1: 2 * number, 2: 2]))],
                training: TrainingSettings(learningRate: 0.01, epochs: 1, batchSize: 8))
            let artifact = try #require(try train(configuration, seed: UInt64(number)).artifact)
            return FusionParent(number: number, artifact: artifact, configuration: configuration)
        }
        let fusion = try Configuration.fusing(parents, model: try #require(example.study.model))
        let result = try train(fusion, seed: 3)
        #expect(try train(fusion, seed: 3).artifact == result.artifact)
        var again = assignment(fusion, seed: 3)
        again.artifact = result.artifact
        let tested = try engine.test(again, report: { _ in })
        #expect(tested.measurements.allSatisfy { $0.kind == .deterministic })
        // Whoever has no adapters cannot train it.
        let elsewhere = example.engine(data: "other")
        let failure = try #require(throws: TrialFailure.self) {
            try elsewhere.train(assignment(fusion, seed: 3), report: { _ in }, exclusively: { try $0() })
        }
        #expect(failure.detail.contains("is not here"))
    }
}
