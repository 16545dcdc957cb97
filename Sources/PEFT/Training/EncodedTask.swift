public import Experiments

/// A task's examples as token sequences.
public struct EncodedTask: Sendable {
    public let labels: [String]
    public let train: EncodedSplit
    public let validation: EncodedSplit
    public let test: EncodedSplit?

    public init(_ data: ClassificationData, tokenizer: WordPieceTokenizer, maximumLength: Int) {
        let encode = { (examples: [Example]) in
            EncodedSplit(
                sequences: examples.map {
                    tokenizer.encode($0.text, pair: $0.pair, maximumLength: maximumLength)
                },
                labels: examples.map(\.label))
        }
        labels = data.labels
        train = encode(data.train)
        validation = encode(data.validation)
        test = data.test.map(encode)
    }

    /// Loads a task for a model.
    ///
    /// - Parameter seed: the study's.
    /// - Throws: also when the model could not read what its tokenizer writes.
    public init(_ task: TaskDefinition, seed: UInt64, model: ModelFolder) throws(InputError) {
        let shape = model.configuration.shape
        guard task.maximumLength <= shape.positions else {
            throw InputError(
                "task", key: "max_length",
                reason: "\(task.maximumLength) is more than the \(shape.positions) positions of \(model.path)"
            )
        }
        guard task.text.count <= shape.tokenTypes else {
            throw InputError(
                "task", key: "text", reason: "\(model.path) has one token type and cannot read pairs")
        }
        let tokenizer = try WordPieceTokenizer(folder: model.path)
        guard tokenizer.vocabularySize <= shape.vocabulary else {
            throw InputError(
                model.path,
                reason: "the tokenizer has \(tokenizer.vocabularySize) tokens, the model \(shape.vocabulary)",
                suggestion: "the tokenizer files that belong to this model")
        }
        self.init(
            try TaskData.load(task: task, seed: seed), tokenizer: tokenizer, maximumLength: task.maximumLength
        )
    }

    /// What costs and references need to know of it.
    public var facts: DataFacts {
        var counts = [Int](repeating: 0, count: labels.count)
        for label in validation.labels { counts[label] += 1 }
        return DataFacts(
            labels: labels, trainExamples: train.count, validationExamples: validation.count,
            testExamples: test?.count, trainTokens: train.tokens, validationTokens: validation.tokens,
            squaredTokens: validation.sequences.reduce(0) { $0 + $1.ids.count * $1.ids.count },
            majorityShare: Double(counts.max() ?? 0) / Double(max(validation.count, 1)))
    }
}

/// Token sequences with their labels.
public struct EncodedSplit: Sendable {
    public let sequences: [Encoding]
    public let labels: [Int]

    /// As many labels as sequences.
    package init(sequences: [Encoding], labels: [Int]) {
        self.sequences = sequences
        self.labels = labels
    }

    public var count: Int { labels.count }
    var tokens: Int { sequences.reduce(0) { $0 + $1.ids.count } }

    func batch(_ indices: some Sequence<Int>) -> TokenBatch { TokenBatch(indices.map { sequences[$0] }) }
}
