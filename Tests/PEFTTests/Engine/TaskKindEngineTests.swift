import Experiments
import Foundation
import LinearAlgebra
import PEFT
import Testing

/// The engine on regressions, tagged words and few examples.
@Suite struct TaskKindEngineTests {
    let example: EngineExample
    private let words = ["the", "cat", "dog", "bird", "sees", "ran", "red", "small"]

    init() throws { example = try EngineExample() }

    private func hashed(_ name: String, _ text: String) throws -> DataFile {
        let path = try example.folder.write(name, text)
        return DataFile(path: path, sha256: try ContentHash.sha256(ofFile: path))
    }

    private func sentence(_ generator: inout SeededGenerator) -> [String] {
        (0..<2 + generator.index(below: 5)).map { _ in words[generator.index(below: words.count)] }
    }

    /// The number of cats, a hundred and more.
    private func scores(_ name: String, _ rows: Int, seed: UInt64) throws -> DataFile {
        var generator = SeededGenerator(seed: seed)
        let lines = (0..<rows).map { _ in
            let words = sentence(&generator)
            return
                "\(words.joined(separator: " "))\t\(100 + 10 * words.count { $0 == "cat" || $0 == "dog" })\n"
        }
        return try hashed(name, "text\tscore\n" + lines.joined())
    }

    /// Animals are spans, the second of two within the first's.
    private func tags(_ name: String, _ rows: Int, seed: UInt64) throws -> DataFile {
        var generator = SeededGenerator(seed: seed)
        let sentences = (0..<rows).map { _ in
            var isOpen = false
            return sentence(&generator).map { word in
                let isAnimal = ["cat", "dog", "bird"].contains(word)
                defer { isOpen = isAnimal }
                return "\(word)\t\(isAnimal ? (isOpen ? "I-animal" : "B-animal") : "O")\n"
            }.joined()
        }
        return try hashed(name, sentences.joined(separator: "\n"))
    }

    private func study(_ task: TaskDefinition) throws -> Study {
        var study = example.study
        study.task = task
        study.data = try EncodedTask(
            task, seed: study.seed, model: ModelFolder(path: study.model!.path)
        ).facts
        return study
    }

    private func regression() throws -> Study {
        try study(
            TaskDefinition(
                kind: .regression, train: scores("scores.tsv", 80, seed: 1), validation: .share(0.25),
                test: scores("scores-test.tsv", 20, seed: 2), text: ["text"], label: "score",
                maximumLength: 16))
    }

    private func tokens() throws -> Study {
        try study(
            TaskDefinition(
                kind: .tokenClassification, train: tags("tags.conll", 80, seed: 1), validation: .share(0.25),
                test: tags("tags-test.conll", 20, seed: 2), text: ["token"], label: "tag", maximumLength: 8))
    }

    private func configuration(
        _ kind: TaskDefinition.Kind, _ components: [Component], epochs: Int = 30
    ) -> Configuration {
        Configuration(
            components: components,
            head: HeadSettings(pooler: kind == .tokenClassification ? .absent : .trained, dropout: 0),
            training: TrainingSettings(learningRate: 0.02, epochs: epochs, batchSize: 8))
    }

    private func train(
        _ study: Study, _ configuration: Configuration, data: String = "data", seed: UInt64 = 3
    ) throws -> (result: TrialResult, test: TrialResult) {
        var assignment = NativeEngine.Assignment(study: study, seed: seed, configuration: configuration)
        let engine = example.engine(data: data)
        let result = try engine.train(assignment, report: { _ in }, exclusively: { try $0() })
        assignment.artifact = result.artifact
        return (result, try engine.test(assignment) { _ in })
    }

    private static let all: [Component] = [.lora(LoRA(ranks: ConfigurationCase.allRanks, alphaOverRank: 2))]

    @Test func `a regression is measured in the unit of its labels, from the tensors as handed over`() throws
    {
        let study = try regression()
        let scale = try #require(study.data?.labelScale)
        #expect(scale.mean > 100 && study.data?.labels == [] && study.data?.majorityShare == 0)
        let (result, test) = try train(study, configuration(.regression, Self.all))
        #expect(result.measurements.map(\.name) == MeasurementName.native(for: .regression))
        #expect(try #require(result.value("pearson")) > 0.8 && result.value("spearman")! > 0.7)
        #expect(try #require(result.value("mae")) < scale.deviation / 2)
        let loss = result.value("mse")! / (scale.deviation * scale.deviation)
        #expect(abs(result.value("loss")! - loss) < 1e-9)
        #expect(
            test.measurements.map(\.name)
                == TaskDefinition.Kind.regression.qualityMetrics.map { "test_\($0)" })
        #expect(test.value("test_pearson")! > 0.7 && test.value("test_mae")! < scale.deviation)
    }

    @Test func `a token classifier finds spans, from the tensors as handed over`() throws {
        let study = try tokens()
        #expect(study.data?.labels == ["B-animal", "I-animal", "O"])
        let (result, test) = try train(study, configuration(.tokenClassification, Self.all))
        #expect(result.measurements.map(\.name) == MeasurementName.native(for: .tokenClassification))
        #expect(try #require(result.value("token_accuracy")) > study.data!.majorityShare + 0.2)
        #expect(try #require(result.value("span_f1")) > 0.7 && test.value("test_span_f1")! > 0.6)
        #expect(result.value("span_f1_low")! <= result.value("span_f1")!)
    }

    /// States below block 2, and above all blocks: a row a token.
    @Test func `kept states of every token give what the tokens themselves give`() throws {
        let study = try tokens()
        let top: [Component] = [.lora(LoRA(ranks: [Site(layer: 2, projection: .query): 2]))]
        for components in [[], top] {
            let configuration = configuration(.tokenClassification, components, epochs: 2)
            let once = try train(study, configuration)
            let again = try train(study, configuration)
            let fresh = try train(study, configuration, data: "other")
            for other in [again, fresh] {
                #expect(other.result == once.result && other.test == once.test)
            }
        }
        let folder = "\(example.folder.path)/data/states"
        let files = try FileManager.default.contentsOfDirectory(atPath: folder).filter {
            $0.hasSuffix(".f32")
        }
        // Train, validation and test, above all blocks and below the last.
        #expect(files.count == 6)
        let base = try TinyBERT.base()
        let network = try Transformer.attach(
            configuration(.tokenClassification, []), to: base, classes: 3, reading: .all, seed: 1)
        let batch = TokenBatch(TinyBERT.sequences(7))
        let products = OpenBLASProducts()
        for layer in 1...3 {
            let states = network.states(of: batch, after: layer, by: products)
            #expect(states.values.rows == batch.ids.count && states.offsets == batch.offsets)
            let logits = network.logits(of: .states(states), by: products)
            #expect(difference(logits, network.logits(of: batch)) < 1e-6)
        }
    }

    @Test func `a token classifier with a pooler is invalid`() throws {
        let failure = try #require(throws: TrialFailure.self) {
            try train(try tokens(), configuration(.regression, []))
        }
        #expect(failure.reason == .invalid && failure.detail.contains("has no pooler"))
    }

    @Test func `tokens of every kind are kept, and come back as they were`() throws {
        let model = try ModelFolder(path: fixture("golden/tiny-bert"))
        let folder = "\(example.folder.path)/kept"
        for study in [try regression(), try tokens()] {
            let task = try #require(study.task)
            let made = try EncodedTask(task, seed: 7, model: model)
            #expect(try EncodedTask(task, seed: 7, model: model, keptIn: folder) == made)
            #expect(try EncodedTask(task, seed: 7, model: model, keptIn: folder) == made)
        }
        let count = try FileManager.default.contentsOfDirectory(atPath: "\(folder)/tokens").count
        #expect(count == 3, "two tasks and the lock")
    }

    @Test func `a training subset is part of the study, and of what its seed decides`() throws {
        var task = try #require(example.study.task)
        task.validation = .file(task.train)
        let model = try ModelFolder(path: fixture("golden/tiny-bert"))
        let whole = try EncodedTask.key(task, seed: 7, model: model)
        #expect(try EncodedTask.key(task, seed: 8, model: model) == whole)
        task.subset = .perClass(4)
        let few = try EncodedTask.key(task, seed: 7, model: model)
        #expect(try few != whole && EncodedTask.key(task, seed: 8, model: model) != few)
        let study = try study(task)
        #expect(study.data?.trainExamples == 8 && study.identityHash != example.study.identityHash)
        let (result, _) = try train(study, configuration(.classification, Self.all, epochs: 4))
        #expect(result.value("accuracy")! > 0.5)
    }
}
