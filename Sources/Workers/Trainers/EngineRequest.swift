public import Experiments

/// What a worker asks of an engine: one attempt at one unit of work.
public struct EngineRequest: Sendable, Hashable {
    public var purpose: WorkPurpose
    /// The resolved study.
    public var study: Study
    public var trial: Int
    /// From 1; the fencing token.
    public var attempt: Int
    public var seed: UInt64
    public var rung: Int
    public var configuration: JSON
    /// A folder that lives as long as the trial.
    public var workFolder: String
    /// The rung's share of the full fidelity, in (0, 1].
    public var budget: Double
    /// The most validation examples that the native engine looks at; nil is
    /// all of them.
    public var validationLimit: Int?
    /// Whether the folder holds an earlier rung or attempt.
    public var resumes: Bool
    /// Where the files of trained tensors lie, named by their SHA-256.
    public var artifactFolder: String
    /// Where those of finished trials lie that a configuration may name.
    public var finishedFolder: String
    /// Where hidden states of frozen layers lie, for all trials.
    public var statesFolder: String
    /// SHA-256 of the trained tensors, for `test`.
    public var artifact: String?
    /// What the tensors of a derived trial follow from, for `test`.
    public var origin: TensorOrigin?

    public init(
        purpose: WorkPurpose, study: Study, trial: Int, attempt: Int, seed: UInt64, rung: Int,
        configuration: JSON, workFolder: String, budget: Double, validationLimit: Int? = nil,
        resumes: Bool, artifactFolder: String, finishedFolder: String? = nil, statesFolder: String,
        artifact: String?, origin: TensorOrigin? = nil
    ) {
        self.purpose = purpose
        self.study = study
        self.trial = trial
        self.attempt = attempt
        self.seed = seed
        self.rung = rung
        self.configuration = configuration
        self.workFolder = workFolder
        self.budget = budget
        self.validationLimit = validationLimit
        self.resumes = resumes
        self.artifactFolder = artifactFolder
        self.finishedFolder = finishedFolder ?? artifactFolder
        self.statesFolder = statesFolder
        self.artifact = artifact
        self.origin = origin
    }

    /// Whether the trial may be promoted beyond this rung.
    public var isIntermediate: Bool { purpose == .train && rung < study.search.rungs.count - 1 }
}
