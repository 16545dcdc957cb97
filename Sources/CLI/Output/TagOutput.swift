import Experiments
import PEFT

/// The labels of words on standard output, in the order of the input: a line
/// of JSON for each sentence, or a row of CSV for each word.
struct TagOutput {
    private let labels: [String]
    private let format: PredictionFormat
    private var sentences = 0

    init(labels: [String], format: PredictionFormat) {
        self.labels = labels
        self.format = format
    }

    /// The headings of CSV.
    func begin() throws {
        guard format == .csv else { return }
        let columns =
            ["sentence", "word", "label"] + labels.map { "probability \($0)" } + labels.map { "logit \($0)" }
        try Output.write(TextTable(headings: columns, rows: [], numeric: []).csv)
    }

    mutating func write(_ batch: [TaggedWords]) throws {
        switch format {
        case .jsonl: try Output.write(batch.map { json($0).canonicalText }.joined(separator: "\n"))
        case .csv:
            var rows: [[String]] = []
            for sentence in batch {
                sentences += 1
                rows += zip(sentence.words, sentence.predictions).map { row(sentences, $0, $1) }
            }
            guard let first = rows.first else { return }
            let numeric = Set([0] + (3..<3 + 2 * labels.count))
            try Output.write(
                TextTable(headings: first, rows: Array(rows.dropFirst()), numeric: numeric).csv)
        }
    }

    private func row(_ sentence: Int, _ word: String, _ prediction: Prediction?) -> [String] {
        guard let prediction else {
            return ["\(sentence)", word] + [String](repeating: "", count: 1 + 2 * labels.count)
        }
        return ["\(sentence)", word, labels[prediction.label]]
            + (prediction.probabilities + prediction.logits).map { "\($0)" }
    }

    private func json(_ sentence: TaggedWords) -> JSON {
        func list(_ value: (Prediction) -> JSON) -> JSON {
            .array(sentence.predictions.map { $0.map(value) ?? .null })
        }
        func numbers(_ values: [Float]) -> JSON { .array(values.map { .number(Double($0)) }) }
        let spans = sentence.spans.map { spans in
            JSON.array(spans.map { json($0, of: sentence.words) })
        }
        return [
            "words": .array(sentence.words.map(JSON.string)), "labels": list { .string(labels[$0.label]) },
            "spans": spans ?? .null, "logits": list { numbers($0.logits) },
            "probabilities": list { numbers($0.probabilities) },
        ]
    }

    /// `end` is the word behind the last, as Python's slices have it.
    private func json(_ span: Span, of words: [String]) -> JSON {
        [
            "type": .string(String(span.type)), "start": .integer(span.words.lowerBound),
            "end": .integer(span.words.upperBound + 1),
            "text": .string(words[span.words].joined(separator: " ")),
        ]
    }
}
