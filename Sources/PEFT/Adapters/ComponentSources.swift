import Experiments

/// Where that is found which components name and a configuration does not hold.
public struct ComponentSources: Sendable {
    /// With the files of the tokenizer.
    let modelFolder: String
    /// Of the task; empty for a regression.
    let labels: [String]
    /// `ModelReference.fingerprint`; nil where no trained tensors are at hand.
    let modelFingerprint: String?
    /// Where trained tensors of finished trials lie by their hash.
    let artifactFolders: [String]

    /// The sources of a model and a task.
    ///
    /// - Parameters:
    ///   - modelFolder: the base model's, whose tokenizer reads texts.
    ///   - labels: the names of the task's labels.
    ///   - modelFingerprint: `ModelReference.fingerprint`; nil where no trained
    ///     tensors of finished trials are at hand.
    ///   - artifactFolders: where those lie by their hash; the first that has
    ///     one gives it.
    public init(
        modelFolder: String, labels: [String], modelFingerprint: String? = nil, artifactFolders: [String] = []
    ) {
        self.modelFingerprint = modelFingerprint
        self.artifactFolders = artifactFolders
        self.modelFolder = modelFolder
        self.labels = labels
    }
}
