public import Experiments

/// Where a trained model comes from: what its card and its record say.
public struct Provenance: Sendable {
    /// Of a native engine: with model, task and data.
    public let study: Study
    public let model: ModelReference
    public let task: TaskDefinition
    public let data: DataFacts
    /// The trial's number; nil outside any study.
    public let trial: Int?
    public let seed: UInt64
    public let configuration: Configuration
    public let measurements: [Measurement]
    public let computeClass: String?
    /// SHA-256 of the trained tensors' file.
    public let artifact: String
    /// The trial whose trained tensors these follow from without training; nil
    /// where they were trained.
    public let parent: Int?
    /// How they follow.
    public let derivation: String?

    /// - Throws: when the study is not of the native engine.
    public init(
        study: Study, trial: Int?, seed: UInt64, configuration: JSON, measurements: [Measurement],
        computeClass: String?, artifact: String, parent: Int? = nil, derivation: String? = nil
    ) throws(InputError) {
        guard case .native = study.engine, let model = study.model, let task = study.task,
            let data = study.data
        else {
            throw InputError(
                study.name, reason: "is of a command engine, whose models this program does not have",
                suggestion: "the command's own files, in its work folder")
        }
        self.study = study
        self.model = model
        self.task = task
        self.data = data
        self.trial = trial
        self.seed = seed
        self.configuration = try Configuration(json: configuration, subject: study.name)
        self.measurements = measurements
        self.computeClass = computeClass
        self.artifact = artifact
        self.parent = parent
        self.derivation = derivation
    }
}
