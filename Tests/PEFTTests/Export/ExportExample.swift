import Experiments
import LinearAlgebra
import PEFT
import Testing

/// Networks of the tiny model with moved parameters, to be exported.
final class ExportExample {
    let example: EngineExample
    let base: BaseModel
    let folder: ModelFolder
    static let batch = TokenBatch(TinyBERT.sequences(6))

    init() throws {
        example = try EngineExample()
        folder = try ModelFolder(path: fixture("golden/tiny-bert"))
        base = try BaseModel(folder: folder)
    }

    func network(_ configuration: Configuration) throws -> Transformer {
        let network = try Transformer.attach(configuration, to: base, classes: 2, seed: 4)
        network.shake(deviation: 0.1, seed: 6)
        return network
    }

    func model(_ configuration: Configuration, network: Transformer) throws -> TrainedModel {
        let provenance = try Provenance(
            study: example.study, trial: 3, seed: 4, configuration: configuration.json,
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
