import Experiments
import LinearAlgebra

/// What a model says of the words of a sentence.
public struct TaggedWords: Sendable, Hashable {
    public let words: [String]
    /// As many; nil for a word that was cut off or has no token.
    public let predictions: [Prediction?]
    /// Of the labels, by the rules of conlleval; nil where the labels mark none.
    public let spans: [Span]?
}

extension HandedOverModel {
    /// The labels of the words of a file's sentences, in their order, in
    /// float32.
    ///
    /// - Parameters:
    ///   - file: in CoNLL's form, tags or not, or of texts that are cut at white
    ///     space.
    ///   - columns: of the text, one; nil for `text`.
    ///   - body: told the sentences batch by batch.
    /// - Precondition: `tagsWords`.
    public func tag(
        file: String, columns: [String]? = nil, _ body: ([TaggedWords]) throws -> Void
    ) throws {
        precondition(tagsWords, "the model gives no labels to words")
        let sentences = try DatasetReader.words(file: DataFile(path: file), columns: columns)
        for start in stride(from: 0, to: sentences.count, by: 32) {
            let batch = Array(sentences[start..<min(start + 32, sentences.count)])
            try body(try tag(batch, firstRow: start + 1))
        }
    }

    private func tag(_ sentences: [[String]], firstRow: Int) throws(InputError) -> [TaggedWords] {
        let encoded = sentences.map { tokenizer.encode(words: $0, maximumLength: maximumLength) }
        let rows = predictions(of: try logits(of: encoded.map(\.encoding), firstRow: firstRow))
        var start = 0
        return zip(sentences, encoded).map { words, encoded in
            let predictions = encoded.firstTokens.map { $0 < 0 ? nil : rows[start + Int($0)] }
            start += encoded.encoding.ids.count
            return TaggedWords(words: words, predictions: predictions, spans: spans(of: predictions))
        }
    }

    /// A word without a label is in no span.
    private func spans(of predictions: [Prediction?]) -> [Span]? {
        let tags = labels.compactMap(SpanTag.init)
        guard tags.count == labels.count else { return nil }
        return Span.spans(of: predictions.map { $0.map { tags[$0.label] } ?? .outside })
    }
}
