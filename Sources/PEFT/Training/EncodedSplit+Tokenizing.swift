extension EncodedSplit {
    /// Tokenizes classified texts; the number of threads does not change the
    /// result.
    package init(
        _ examples: [Example<Int>], tokenizer: Tokenizer, maximumLength: Int, threads: Int
    ) {
        self.init(
            texts: examples, targets: .labels(examples.map(\.label)), tokenizer: tokenizer,
            maximumLength: maximumLength, threads: threads)
    }

    /// Tokenizes texts with numbers.
    package init(
        _ examples: [Example<Double>], tokenizer: Tokenizer, maximumLength: Int, threads: Int
    ) {
        self.init(
            texts: examples, targets: .values(examples.map(\.label)), tokenizer: tokenizer,
            maximumLength: maximumLength, threads: threads)
    }

    /// Tokenizes tagged words.
    package init(
        _ sentences: [TaggedSentence], tokenizer: Tokenizer, maximumLength: Int, threads: Int
    ) {
        let parts = Stretches.map(sentences, threads: threads) { stretch in
            stretch.map { tokenizer.encode(words: $0.words, maximumLength: maximumLength) }
        }
        let encoded = parts.flatMap { $0 }
        var offsets = [0]
        for sentence in sentences { offsets.append(offsets[offsets.count - 1] + sentence.words.count) }
        let tags = WordTags(
            tags: sentences.flatMap { $0.tags.lazy.map(Int32.init) }, offsets: offsets,
            firstTokens: encoded.flatMap(\.firstTokens))
        self.init(sequences: encoded.lazy.map(\.encoding), targets: .tags(tags))
    }

    private init<Label>(
        texts: [Example<Label>], targets: Targets, tokenizer: Tokenizer, maximumLength: Int,
        threads: Int
    ) {
        let parts = Stretches.map(texts, threads: threads) { stretch in
            EncodedSplit(
                sequences: stretch.lazy.map {
                    tokenizer.encode($0.text, pair: $0.pair, maximumLength: maximumLength)
                }, targets: .labels([Int](repeating: 0, count: stretch.count)))
        }
        var offsets = [0]
        for part in parts {
            let start = offsets[offsets.count - 1]
            offsets += part.offsets.dropFirst().map { start + $0 }
        }
        self.init(
            ids: parts.flatMap(\.ids), typeIDs: parts.flatMap(\.typeIDs), offsets: offsets, targets: targets)
    }
}
