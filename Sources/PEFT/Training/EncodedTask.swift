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
                sequences: examples.lazy.map {
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
            squaredTokens: (0..<validation.count).reduce(0) {
                $0 + validation.length($1) * validation.length($1)
            },
            majorityShare: Double(counts.max() ?? 0) / Double(max(validation.count, 1)))
    }
}

/// Token sequences with their labels, in a few large arrays: a task may have
/// millions of them.
public struct EncodedSplit: Sendable {
    private var ids: [Int32] = []
    private var typeIDs: [Int32] = []
    /// Sequence s is the tokens `offsets[s] ..< offsets[s + 1]`.
    let offsets: [Int]
    public let labels: [Int]

    /// As many labels as sequences.
    package init(sequences: some Sequence<Encoding>, labels: [Int]) {
        var offsets = [0]
        offsets.reserveCapacity(labels.count + 1)
        for sequence in sequences {
            ids.append(contentsOf: sequence.ids)
            typeIDs.append(contentsOf: sequence.typeIDs)
            offsets.append(ids.count)
        }
        precondition(
            offsets.count == labels.count + 1, "\(offsets.count - 1) sequences, \(labels.count) labels")
        self.offsets = offsets
        self.labels = labels
    }

    public var count: Int { labels.count }
    var tokens: Int { ids.count }
    /// Tokens of a sequence.
    func length(_ index: Int) -> Int { offsets[index + 1] - offsets[index] }

    package func batch(_ indices: some Sequence<Int>) -> TokenBatch {
        TokenBatch(
            indices.map { index in
                let range = offsets[index]..<offsets[index + 1]
                return (ids: ids[range], typeIDs: typeIDs[range])
            })
    }
}
