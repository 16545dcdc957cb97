import Experiments
import Foundation
import LinearAlgebra
import PEFT

/// Clocks and memory that answer the same every time.
struct FixedMeter: ResourceMeter {
    func threadSeconds() -> Double { 1 }
    func monotonicSeconds() -> Double { 2 }
    func resetPeakMemory() {}
    func peakMemoryBytes() -> Int? { 3 << 20 }
}

/// A study of the tiny model on 60 rows, in a folder of its own.
final class EngineExample {
    let folder: TemporaryFolder
    let study: Study

    static let configuration = Configuration(
        components: [
            .lora(
                LoRA(
                    ranks: [Site(layer: 1, projection: .query): 2, Site(layer: 2, projection: .value): 2],
                    dropout: 0.1)),
            .bottleneck(Bottleneck(site: .parallelFeedForward, widths: [2: 4])),
        ],
        training: TrainingSettings(learningRate: 0.01, epochs: 2, batchSize: 8))

    /// - Parameter name: the folder of the model.
    init(numerics: Numerics = .float32, model name: String = "golden/tiny-bert") throws {
        folder = try TemporaryFolder()
        let train = try Self.write("train.tsv", rows: 60, seed: 1, in: folder)
        let test = try Self.write("test.tsv", rows: 20, seed: 2, in: folder)
        let path = fixture(name)
        let model = try ModelFolder(path: path)
        let task = TaskDefinition(
            train: train, validation: .share(0.3), test: test, text: ["sentence"], label: "label",
            maximumLength: 16)
        study = Study(
            name: "tiny", seed: 7,
            model: ModelReference(
                path: path, family: model.configuration.family.name, shape: model.configuration.shape,
                files: try model.fileHashes()),
            task: task, data: try EncodedTask(task, seed: 7, model: model).facts,
            objectives: [Objective(metric: "accuracy", direction: .maximize)], constraints: [],
            space: SearchSpace(meaning: .native(preset: "hybrid"), parameters: []),
            search: SearchSettings(strategy: "random", version: 1, trials: 1, parallelism: 1),
            engine: .native(version: NativeEngine.version, numerics: numerics))
    }

    /// Rows about cats and dogs, which is their label.
    private static func write(
        _ name: String, rows: Int, seed: UInt64, in folder: TemporaryFolder
    ) throws -> DataFile {
        var generator = SeededGenerator(seed: seed, purpose: name)
        let others = ["the", "small", "red", "bird", "sees", "it", "ran"]
        let lines = (0..<rows).map { row in
            let subject = row % 2 == 0 ? "cat" : "dog"
            let words = (0..<1 + generator.index(below: 5)).map { _ in
                others[generator.index(below: others.count)]
            }
            return "\(generator.shuffled(words + [subject]).joined(separator: " "))\t\(subject)\n"
        }
        let path = try folder.write(name, "sentence\tlabel\n" + lines.joined())
        return DataFile(path: path, sha256: try ContentHash.sha256(ofFile: path))
    }

    /// An engine with a store of its own within the folder.
    func engine(data: String = "data") -> NativeEngine {
        NativeEngine(
            meter: FixedMeter(), instructionSet: "x86_64-avx512",
            artifactFolder: "\(folder.path)/\(data)/artifacts",
            statesFolder: "\(folder.path)/\(data)/states")
    }

    func assignment(artifact: String? = nil, seed: UInt64 = 3) -> NativeEngine.Assignment {
        NativeEngine.Assignment(
            study: study, seed: seed, configuration: Self.configuration, artifact: artifact)
    }

    func train(on engine: NativeEngine, seed: UInt64 = 3) throws -> TrialResult {
        try engine.train(assignment(seed: seed), report: { _ in }, exclusively: { try $0() })
    }

    func path(of artifact: String, in data: String = "data") -> String {
        "\(folder.path)/\(data)/artifacts/\(artifact).safetensors"
    }
}

extension TrialResult {
    func value(_ name: String) -> Double? { measurements.first { $0.name == name }?.value }
}
