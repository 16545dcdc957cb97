/// One search, resolved: every default written out, every input hashed.
public struct Study: Sendable, Hashable {
    /// 1 ... 100 of letters, digits, `_`, `-` and `.`.
    public var name: String
    /// 0 ... 2^53 - 1.
    public var seed: UInt64
    /// Nil for a command engine that brings its own.
    public var model: ModelReference?
    /// Nil for a command engine that brings its own.
    public var task: TaskDefinition?
    /// What the task's files hold; nil where `task` is.
    public var data: DataFacts?
    public var objectives: [Objective]
    public var constraints: [Constraint]
    public var space: SearchSpace
    public var search: SearchSettings
    public var engine: Engine
    /// The study file's folder, in which a command engine runs; not part of
    /// the identity.
    public var directory: String?

    public init(
        name: String, seed: UInt64, model: ModelReference?, task: TaskDefinition?, data: DataFacts?,
        objectives: [Objective], constraints: [Constraint], space: SearchSpace, search: SearchSettings,
        engine: Engine, directory: String? = nil
    ) {
        self.directory = directory
        self.name = name
        self.seed = seed
        self.model = model
        self.task = task
        self.data = data
        self.objectives = objectives
        self.constraints = constraints
        self.space = space
        self.search = search
        self.engine = engine
    }
}

/// A base model folder.
public struct ModelReference: Sendable, Hashable {
    /// Where it lies here; not part of the study's identity.
    public var path: String
    /// `bert`.
    public var family: String
    public var shape: ModelShape
    /// SHA-256 by file name.
    public var files: [String: String]

    public init(path: String, family: String, shape: ModelShape, files: [String: String]) {
        self.path = path
        self.family = family
        self.shape = shape
        self.files = files
    }

    /// SHA-256 of all its files' hashes: the model wherever it lies.
    public var fingerprint: String { ContentHash.sha256(of: .object(files.mapValues(JSON.string))) }
}

/// How the search goes on.
public struct SearchSettings: Sendable, Hashable {
    /// A strategy by name and version: another version may propose other
    /// configurations, so it is another study.
    public var strategy: String
    public var version: Int
    /// The budget in trials, baselines included. It may grow; it is not part
    /// of the study's identity.
    public var trials: Int
    /// Virtual workers: how many proposals do not wait for one another. It
    /// decides what a proposal may see, so it is part of the identity, unlike
    /// the number of real workers.
    public var parallelism: Int
    /// The fidelities at which a trial is measured: ascending shares of its
    /// training steps, the last of them 1.
    public var rungs: [Double]
    /// The most smaller configurations that a trained one is cut down to and
    /// measured as, without training.
    public var derived: Int
    /// How many parts of a super-network are measured where a study does not say.
    public static let superNetworkParts = 32
    /// Seeds from which each member of the front is trained in all, from 1;
    /// above 1 the front holds by their means.
    public var replicateFront: Int
    /// What else may end it; not part of the study's identity.
    public var limits: SearchLimits
    /// What it takes over from finished studies.
    public var warmStart: WarmStart?

    public init(
        strategy: String, version: Int, trials: Int, parallelism: Int, rungs: [Double] = [1],
        derived: Int = 0, replicateFront: Int = 1, limits: SearchLimits = SearchLimits(),
        warmStart: WarmStart? = nil
    ) {
        self.replicateFront = replicateFront
        self.derived = derived
        self.limits = limits
        self.warmStart = warmStart
        self.strategy = strategy
        self.version = version
        self.trials = trials
        self.parallelism = parallelism
        self.rungs = rungs
    }

    /// Whether rungs are ascending shares that end in 1.
    public static func areRungs(_ shares: [Double]) -> Bool {
        shares.last == 1 && shares.allSatisfy { $0 > 0 }
            && zip(shares, shares.dropFirst()).allSatisfy { $0 < $1 }
    }
}

/// What trains a trial.
public enum Engine: Sendable, Hashable {
    /// This project, on the CPU, with the version of its engine.
    case native(version: Int, numerics: Numerics)
    /// Any program that speaks the trial protocol.
    case command([String])
}
