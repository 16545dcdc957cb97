import Experiments
import LinearAlgebra
import PEFT
import Testing

/// What holds for a family beside its golden values.
@Suite struct FamilyTests {
    static let families = GoldenCase.families

    static func base(_ family: String) throws -> BaseModel {
        try BaseModel(folder: GoldenCase.model("\(family)/"))
    }

    /// Something of every kind, embeddings included.
    static func configuration(_ pooler: HeadSettings.Pooler, dropout: Double = 0) -> Configuration {
        Configuration(
            components: [
                .lora(
                    LoRA(ranks: [
                        Site(layer: 0, projection: .key): 2, Site(layer: 2, projection: .feedForwardIn): 3,
                    ])),
                .bias(BiasTuning()), .layerNorm(LayerNormTuning()),
                .unfreeze(Unfreezing(layers: [1], embeddings: true)),
            ],
            head: HeadSettings(pooler: pooler, dropout: dropout))
    }

    @Test(arguments: families, HeadSettings.Pooler.allCases)
    func `merged weights give the attached network's logits within 1e-5`(
        family: String, pooler: HeadSettings.Pooler
    ) throws {
        let base = try Self.base(family)
        let batch = TokenBatch(TinyBERT.sequences(6).map { Self.withoutTypes($0) })
        let network = try Transformer.attach(Self.configuration(pooler), to: base, classes: 3, seed: 1)
        network.shake(deviation: 0.1, seed: 6)
        let tensors = try #require(network.merged())
        let merged = BaseModel(
            family: base.family, shape: base.shape, layerNormEpsilon: base.layerNormEpsilon,
            paddingID: base.paddingID, tensors: tensors)
        let plain = try Transformer.attach(
            Configuration(head: HeadSettings(pooler: pooler)), to: merged, classes: 3, seed: 99)
        let fresh = tensors.filter { name, _ in plain.trainable.contains { $0.name == name } }
        #expect(fresh.count >= 2 && plain.setTrained(fresh).isEmpty)
        let error = difference(plain.logits(of: batch), network.logits(of: batch))
        #expect(error < 1e-5, "\(error)")
    }

    /// Without the pooler: DistilBERT's has kinks.
    @Test(arguments: families)
    func `slopes are those of finite differences within 1 percent`(family: String) throws {
        let network = try Transformer.attach(
            Self.configuration(.absent), to: Self.base(family), classes: 3, seed: 1)
        try GradientTests.check(
            network, family, on: TokenBatch(TinyBERT.sequences(6).map { Self.withoutTypes($0) }))
    }

    /// RoBERTa has one token type.
    static func withoutTypes(_ encoding: Encoding) -> Encoding {
        Encoding(
            ids: encoding.ids.map { min($0, 58) }, typeIDs: [Int32](repeating: 0, count: encoding.ids.count))
    }

    @Test(arguments: families)
    func `a family is trained, kept and measured like BERT`(family: String) throws {
        let example = try EngineExample(model: "golden/\(family)/tiny-\(family)")
        #expect(example.study.model?.family == family)
        let first = try example.train(on: example.engine())
        let again = try example.train(on: example.engine(data: "elsewhere"))
        #expect(first.artifact == again.artifact)
        #expect(first.value("accuracy") == again.value("accuracy"))
        let third = try example.train(on: example.engine())
        #expect(third.artifact == first.artifact, "kept states change nothing")
    }

    @Test(arguments: ["roberta", "electra"])
    func `dropout also acts before the dense layer of a two-layer head`(family: String) throws {
        let head = HeadSettings(pooler: .trained, dropout: 0.5)
        let network = try Transformer.attach(
            Configuration(head: head), to: Self.base(family), classes: 3, seed: 1)
        let batch = TokenBatch(TinyBERT.sequences(2).map { Self.withoutTypes($0) })
        network.takeSteps(
            1, on: batch, labels: [0, 1], settings: TrainingSettings(learningRate: 0.01),
            by: OpenBLASProducts())
        let dense = try #require(network.trainable.first { $0.name == "classifier.dense.weight" })
        let gradient = try #require(dense.gradient)
        let dead = (0..<gradient.columns).filter { column in
            (0..<gradient.rows).allSatisfy { gradient[$0, column] == 0 }
        }
        // Of two examples a quarter of the inputs is dropped in both.
        #expect(!dead.isEmpty && dead.count < gradient.columns)
    }

    @Test func `padding in a text of RoBERTa has its own position and does not count`() throws {
        let base = try Self.base("roberta")
        let network = try Transformer.attach(Configuration(), to: base, classes: 3, seed: 1)
        func states(_ ids: [Int32]) -> Matrix {
            let encoding = Encoding(ids: ids, typeIDs: ids.map { _ in 0 })
            return network.states(of: TokenBatch([encoding]), after: 0, by: OpenBLASProducts()).values
        }
        let plain = states([0, 28, 36, 2])
        let padded = states([0, 28, 1, 36, 2])
        #expect(padded.gatherRows([0, 1, 3, 4]).isIdentical(to: plain))
    }

    @Test func `pairs need token types only where the tokenizer writes them`() throws {
        for family in Self.families {
            let example = try EngineExample(model: "golden/\(family)/tiny-\(family)")
            let model = try GoldenCase.model("\(family)/")
            var task = try #require(example.study.task)
            task.text = ["sentence", "label"]
            #expect(throws: Never.self) { try EncodedTask(task, seed: 7, model: model) }
            task.maximumLength = 3
            if family == "roberta" {
                let error = #expect(throws: InputError.self) {
                    try EncodedTask(task, seed: 7, model: model)
                }
                #expect(error?.reason == "3 is less than the 4 special tokens of every text")
            }
            task.maximumLength = 39
            if family == "roberta" {
                let error = #expect(throws: InputError.self) {
                    try EncodedTask(task, seed: 7, model: model)
                }
                #expect(error?.reason.hasPrefix("39 is more than the 38 positions of") == true)
            }
        }
    }
}
