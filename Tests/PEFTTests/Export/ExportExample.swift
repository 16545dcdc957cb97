import Experiments
import LinearAlgebra
import PEFT
import Testing

/// Networks of the tiny model with moved parameters, to be exported.
final class ExportExample {
    let example: EngineExample
    let study: Study
    let base: BaseModel
    let folder: ModelFolder
    static let batch = TokenBatch(TinyBERT.sequences(6))

    /// - Parameters:
    ///   - kind: of the task; of two labels, or of two tags.
    ///   - name: the folder of the model.
    init(_ kind: TaskDefinition.Kind = .classification, model name: String = "golden/tiny-bert") throws {
        example = try EngineExample()
        folder = try ModelFolder(path: fixture(name))
        base = try BaseModel(folder: folder)
        var study = example.study
        if kind == .tokenClassification {
            let path = try example.folder.write("train.conll", "the O\nbird B-animal\n\nit O\n")
            let task = TaskDefinition(
                kind: kind, train: DataFile(path: path), validation: .file(DataFile(path: path)),
                text: ["token"], label: "tag", maximumLength: 16)
            study.task = task
            study.data = try EncodedTask(task, seed: 7, model: folder).facts
        }
        self.study = study
    }

    /// Of texts as the model's tokenizer cuts them.
    func textBatch() throws -> TokenBatch {
        let tokenizer = try Tokenizer(folder: folder.path)
        return TokenBatch(
            ["the small bird ran", "it", "the dog sees the red cat"].map {
                tokenizer.encode($0, maximumLength: 16)
            })
    }

    private var rows: ReadRows { study.task?.kind == .tokenClassification ? .all : .first }

    func network(_ configuration: Configuration) throws -> Transformer {
        let network = try Transformer.attach(configuration, to: base, classes: 2, reading: rows, seed: 4)
        network.shake(deviation: 0.1, seed: 6)
        return network
    }

    func model(_ configuration: Configuration, network: Transformer) throws -> TrainedModel {
        let provenance = try Provenance(
            study: study, trial: 3, seed: 4, configuration: configuration.json,
            measurements: [
                Measurement("accuracy", 0.75, .deterministic, method: "float32, on the validation split"),
                Measurement("accuracy_high", 0.875, .deterministic, method: "bootstrap"),
                Measurement("accuracy_low", 0.625, .deterministic, method: "bootstrap"),
                Measurement("trainable_parameters", 120, .exact, method: "computed"),
            ], computeClass: "x86_64-avx512", artifact: String(repeating: "a", count: 64))
        return TrainedModel(network: network, base: base, folder: folder, provenance: provenance)
    }

    /// Exports a configuration and reads the folder back.
    func roundTrip(
        _ configuration: Configuration, as format: ExportFormat?, named name: String
    ) throws -> (before: Matrix, after: Matrix, path: String) {
        let network = try network(configuration)
        let path = "\(example.folder.path)/\(name)"
        try ModelExport.write(model(configuration, network: network), as: format, to: path)
        let after = try HandedOverModel(folder: path)
        return (network.logits(of: Self.batch), after.network.logits(of: Self.batch), path)
    }
}
