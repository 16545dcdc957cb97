public import Experiments
import LinearAlgebra

/// A trained network with everything that a hand-over says about it.
///
/// Used by one thread at a time.
public struct TrainedModel {
    /// With the trained values, and the temperature if one was folded in.
    let network: Transformer
    let base: BaseModel
    /// Of the base.
    let folder: ModelFolder
    public let provenance: Provenance
    /// What was folded into the head, with its effect; nil for nothing.
    var calibration: Calibration?

    /// In the order of their ids; empty for a regression.
    var labels: [String] { provenance.data.labels }
    var configuration: Configuration { provenance.configuration }
    var readRows: ReadRows { ReadRows(for: provenance.task.kind) }
    /// As the exported model's tensors are named.
    var family: ModelFamily { base.family.reading(readRows) }

    package init(network: Transformer, base: BaseModel, folder: ModelFolder, provenance: Provenance) {
        self.network = network
        self.base = base
        self.folder = folder
        self.provenance = provenance
    }
}

extension TrainedModel {
    /// All weights with what can be folded into them, by the names of `family`.
    func folded() -> [String: Matrix] {
        var tensors = network.folded()
        for kind in ["weight", "bias"] {
            let value = tensors.removeValue(forKey: "\(base.family.head.classifier).\(kind)")
            tensors["\(family.head.classifier).\(kind)"] = value
        }
        return tensors
    }

    /// Puts the stored tensors of a trial back into the network that they were
    /// trained in.
    ///
    /// - Parameter artifactFolder: where trained tensors lie by their hash.
    /// - Throws: when the model's files are not those of the study, or the
    ///   tensors are not here, are damaged or do not fit.
    public init(_ provenance: Provenance, artifactFolder: String) throws(InputError) {
        let model = provenance.model
        let folder = try ModelFolder(path: model.path)
        try LoadedStudy.compare(try folder.fileHashes(), model.files, path: model.path)
        let base = try BaseModel(folder: folder)
        // The seed gives the values that neither base nor artifact hold: those that were drawn and stay frozen.
        let network = try Transformer.attach(
            provenance.configuration, to: base, classes: provenance.data.outputs,
            reading: ReadRows(for: provenance.task.kind), seed: provenance.seed,
            sources: ComponentSources(
                modelFolder: model.path, labels: provenance.data.labels,
                modelFingerprint: model.fingerprint, artifactFolders: [artifactFolder]))
        let tensors = try Self.tensors(provenance.artifact, in: artifactFolder)
        let refused = network.setTrained(tensors)
        guard refused.isEmpty, tensors.count == network.trainable.count else {
            throw InputError(
                "\(artifactFolder)/\(provenance.artifact).safetensors", key: refused.first,
                reason: "does not fit the trial's configuration")
        }
        self.init(network: network, base: base, folder: folder, provenance: provenance)
    }

    private static func tensors(_ hash: String, in folder: String) throws(InputError) -> [String: Matrix] {
        let store = ArtifactStore(folder: folder)
        guard let found = try store.read(hash) else {
            throw InputError(
                store.path(hash), reason: "the trained tensors are not here",
                suggestion: "the machine whose worker trained the trial, its file at this place, or --retrain"
            )
        }
        return found
    }
}
