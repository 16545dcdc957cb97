import Experiments
import PEFT

/// Predictions on standard output, a row each in the order of the input.
struct PredictionOutput {
    let labels: [String]
    let format: PredictionFormat

    /// The headings of CSV.
    func begin() throws {
        guard format == .csv else { return }
        guard !labels.isEmpty else { return try write([["value"]], numbers: []) }
        let columns = ["label"] + labels.map { "probability \($0)" } + labels.map { "logit \($0)" }
        try write([columns], numbers: [])
    }

    func write(_ predictions: [Prediction]) throws {
        switch format {
        case .jsonl:
            try Output.write(predictions.map { json($0).canonicalText }.joined(separator: "\n"))
        case .csv:
            guard !labels.isEmpty else {
                return try write(predictions.map { ["\($0.logits[0])"] }, numbers: [0])
            }
            let rows = predictions.map { prediction in
                [labels[prediction.label]] + (prediction.probabilities + prediction.logits).map { "\($0)" }
            }
            try write(rows, numbers: Set(1..<1 + 2 * labels.count))
        }
    }

    private func json(_ prediction: Prediction) -> JSON {
        let logits = JSON.array(prediction.logits.map { .number(Double($0)) })
        guard !labels.isEmpty else {
            return ["logits": logits, "value": .number(Double(prediction.logits[0]))]
        }
        return [
            "label": .string(labels[prediction.label]),
            "logits": logits,
            "probabilities": .array(prediction.probabilities.map { .number(Double($0)) }),
        ]
    }

    private func write(_ rows: [[String]], numbers: Set<Int>) throws {
        guard let first = rows.first else { return }
        try Output.write(TextTable(headings: first, rows: Array(rows.dropFirst()), numeric: numbers).csv)
    }
}
