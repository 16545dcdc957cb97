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

    public var count: Int { labels.count }
    var tokens: Int { sequences.reduce(0) { $0 + $1.ids.count } }

    func batch(_ indices: some Sequence<Int>) -> TokenBatch { TokenBatch(indices.map { sequences[$0] }) }
}
