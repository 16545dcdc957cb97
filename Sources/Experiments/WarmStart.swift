/// What a study takes over from finished ones, frozen when it is created, so
/// that its proposals stay a function of its record.
public struct WarmStart: Sendable, Hashable {
    /// What the study file asked for.
    public enum Request: Sendable, Hashable {
        /// The finished studies that are most alike.
        case automatic
        /// Studies by name.
        case studies([String])
    }

    /// A finished study, as far as it was read.
    public struct Source: Sendable, Hashable {
        /// Its name.
        public var study: String
        /// SHA-256 of its identity.
        public var hash: String
        /// How alike model, data and space are, in (0, 1].
        public var similarity: Double
        /// SHA-256 of `trials`.
        public var digest: String
        public var trials: [SourceTrial]

        /// A source with the digest of its trials.
        public init(study: String, hash: String, similarity: Double, trials: [SourceTrial]) {
            self.study = study
            self.hash = hash
            self.similarity = similarity
            self.trials = trials
            digest = Self.digest(of: trials)
        }
    }

    /// A finished trial of a source.
    public struct SourceTrial: Sendable, Hashable {
        /// Of the new study's space, canonical.
        public var assignment: Assignment
        /// An entry per objective of the new study: the share of the source's
        /// finished trials that were better, in [0, 1); nil where the new
        /// study knows the value before a trial.
        public var ranks: [Double?]

        /// A trial as given.
        public init(assignment: Assignment, ranks: [Double?]) {
            self.assignment = assignment
            self.ranks = ranks
        }
    }

    /// Of what proposals make of it; another one makes another study.
    public static let version = 1
    /// The most sources, and the most trials of one.
    public static let mostSources = 4
    public static let mostTrials = 64

    public var request: Request
    /// Empty until they are read, or when none fits.
    public var sources: [Source]

    /// A warm start from what was asked for.
    public init(_ request: Request, sources: [Source] = []) {
        self.request = request
        self.sources = sources
    }

    /// For the identity: trials as their digest.
    var summarized: WarmStart {
        var copy = self
        for index in copy.sources.indices { copy.sources[index].trials = [] }
        return copy
    }
}
