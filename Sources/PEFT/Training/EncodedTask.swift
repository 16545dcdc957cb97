public import Experiments

/// A task's examples as token sequences.
public struct EncodedTask: Sendable, Hashable {
    /// Raised whenever equal files may give other tokens than before, by any of
    /// the tokenizers.
    static let version = 2

    public let kind: TaskDefinition.Kind
    public let labels: [String]
    public let train: EncodedSplit
    public let validation: EncodedSplit
    public let test: EncodedSplit?
    /// Of a regression's training labels; nil for the other kinds.
    public let labelScale: LabelScale?

    /// - Returns: nil where a regression's training labels are all equal.
    init?(
        kind: TaskDefinition.Kind, labels: [String], train: EncodedSplit, validation: EncodedSplit,
        test: EncodedSplit?
    ) {
        self.kind = kind
        self.labels = labels
        self.train = train
        self.validation = validation
        self.test = test
        guard case .values(let values) = train.targets else {
            labelScale = nil
            return
        }
        guard let scale = LabelScale(of: values) else { return nil }
        labelScale = scale
    }

    /// Loads a task for a model.
    ///
    /// - Parameters:
    ///   - seed: the study's.
    ///   - folder: where tokens are kept for the next time and other
    ///     processes: `states` of the data folder; nil where they are not.
    /// - Throws: also when the model could not read what its tokenizer writes.
    public init(
        _ task: TaskDefinition, seed: UInt64, model: ModelFolder, keptIn folder: String? = nil
    ) throws(InputError) {
        try Self.check(task, against: model)
        let encode = { () throws(InputError) in try Self.encoded(task, seed: seed, model: model) }
        guard let folder, let key = try Self.key(task, seed: seed, model: model) else {
            self = try encode()
            return
        }
        self = try TokenStore(folder: "\(folder)/tokens").task(key, definition: task, encode: encode)
    }

    private static func check(_ task: TaskDefinition, against model: ModelFolder) throws(InputError) {
        let shape = model.configuration.shape
        guard task.maximumLength <= shape.longestSequence else {
            throw InputError(
                "task", key: "max_length",
                reason: "\(task.maximumLength) is more than the \(shape.longestSequence) positions of "
                    + model.path
            )
        }
    }

    private static func check(
        _ tokenizer: Tokenizer, _ task: TaskDefinition, against model: ModelFolder
    ) throws(InputError) {
        let shape = model.configuration.shape
        guard tokenizer.vocabularySize <= shape.vocabulary else {
            throw InputError(
                model.path,
                reason: "the tokenizer has \(tokenizer.vocabularySize) tokens, the model \(shape.vocabulary)",
                suggestion: "the tokenizer files that belong to this model")
        }
        let isPair = task.text.count == 2
        // A family without token types does not look at them.
        guard !isPair || shape.tokenTypes == 0 || tokenizer.pairTypes <= shape.tokenTypes else {
            throw InputError(
                "task", key: "text", reason: "\(model.path) has one token type and cannot read pairs")
        }
        let special = tokenizer.specialTokens(isPair: isPair)
        guard special <= task.maximumLength else {
            throw InputError(
                "task", key: "max_length",
                reason: "\(task.maximumLength) is less than the \(special) special tokens of every text")
        }
    }

    private static func encoded(
        _ task: TaskDefinition, seed: UInt64, model: ModelFolder
    ) throws(InputError) -> EncodedTask {
        let tokenizer = try Tokenizer(folder: model.path)
        try check(tokenizer, task, against: model)
        return try TaskEncoder(task: task, seed: seed, tokenizer: tokenizer).encoded()
    }

    /// How many numbers the head gives a sequence, or each of its tokens.
    public var outputs: Int { max(labels.count, 1) }

    /// What training compares outputs with.
    var trainingTargets: Targets { train.targets.standardized(by: labelScale) }

    /// What costs and references need to know of it.
    public var facts: DataFacts {
        DataFacts(
            labels: labels, trainExamples: train.count, validationExamples: validation.count,
            testExamples: test?.count, trainTokens: train.tokens, validationTokens: validation.tokens,
            squaredTokens: (0..<validation.count).reduce(0) {
                $0 + validation.length($1) * validation.length($1)
            },
            majorityShare: validation.targets.majorityShare, labelScale: labelScale)
    }
}

extension Targets {
    /// The share of the most frequent label, or tag; 0 of numbers.
    fileprivate var majorityShare: Double {
        let labels: [Int] =
            switch self {
            case .labels(let labels): labels
            case .values: []
            case .tags(let tags): tags.tags.map(Int.init)
            }
        let counts = labels.reduce(into: [Int: Int]()) { $0[$1, default: 0] += 1 }
        return Double(counts.values.max() ?? 0) / Double(max(labels.count, 1))
    }
}

extension EncodedTask {
    /// Of everything that decides the tokens, the labels and what is checked on
    /// the way to them.
    /// - Returns: nil when a data file has no hash, or a name without format.
    package static func key(_ task: TaskDefinition, seed: UInt64, model: ModelFolder) throws(InputError)
        -> JSON?
    {
        let formats = task.files.compactMap { try? DataFormat(path: $0.path).rawValue }
        guard formats.count == task.files.count, task.files.allSatisfy({ $0.sha256 != nil }) else {
            return nil
        }
        return [
            "version": .integer(version),
            "model": .object(try model.textHashes().mapValues(JSON.string)),
            "task": task.withoutPaths.json, "formats": .array(formats.map(JSON.string)),
            "seed": task.decidingSeed(seed),
        ]
    }
}

extension TaskDefinition {
    /// In the order in which they are read.
    var files: [DataFile] {
        let validation: [DataFile] = if case .file(let file) = validation { [file] } else { [] }
        return [train] + validation + (test.map { [$0] } ?? [])
    }

    /// The study's seed where it decides what the splits are: it selects the
    /// examples of a share and of a subset. Else null.
    func decidingSeed(_ seed: UInt64) -> JSON {
        if case .file = validation, subset == nil { .null } else { .string(String(seed)) }
    }
}
