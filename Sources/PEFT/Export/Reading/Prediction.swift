import Experiments
import LinearAlgebra

/// What a model says of one text or pair, or of one word.
public struct Prediction: Sendable, Hashable {
    /// By label id.
    public let logits: [Float]
    /// The softmax of the logits.
    public let probabilities: [Float]
    /// The id of the largest logit, the first of equals.
    public let label: Int
}

extension HandedOverModel {
    /// The predictions for the rows of a data file, in their order, in float32.
    ///
    /// - Parameters:
    ///   - columns: of the text, one or two; nil for those of the export, or
    ///     `text`.
    ///   - body: told the predictions batch by batch.
    public func predict(
        file: String, columns: [String]? = nil, _ body: ([Prediction]) throws -> Void
    ) throws {
        let columns = columns ?? text ?? ["text"]
        let types = network.embeddings.types?.value.rows
        guard columns.count < 2 || tokenizer.pairTypes <= types ?? tokenizer.pairTypes else {
            throw InputError("--text", reason: "the model has one token type and cannot read pairs")
        }
        let rows = try DatasetReader.texts(file: DataFile(path: file), columns: columns)
        for start in stride(from: 0, to: rows.count, by: 32) {
            let batch = rows[start..<min(start + 32, rows.count)].map {
                tokenizer.encode($0.text, pair: $0.pair, maximumLength: maximumLength)
            }
            try body(try predict(batch, firstRow: start + 1))
        }
    }

    private func predict(_ batch: [Encoding], firstRow: Int) throws(InputError) -> [Prediction] {
        predictions(of: try logits(of: batch, firstRow: firstRow))
    }

    /// - Parameter firstRow: of the file, for the errors.
    func logits(of batch: [Encoding], firstRow: Int) throws(InputError) -> Matrix {
        let logits = network.logits(of: TokenBatch(batch))
        guard logits.values.allSatisfy(\.isFinite) else {
            throw InputError(
                "the model",
                reason: "gives logits that are not finite for one of the rows from \(firstRow) on")
        }
        return logits
    }

    /// What each row of logits says.
    func predictions(of logits: Matrix) -> [Prediction] {
        let labels = logits.largestInEachRow()
        let probabilities = SoftmaxCrossEntropy.forward(logits, labels: labels).probabilities.values
        let values = logits.values
        return labels.enumerated().map { row, label in
            let range = row * logits.columns..<(row + 1) * logits.columns
            return Prediction(
                logits: Array(values[range]), probabilities: Array(probabilities[range]), label: label)
        }
    }
}
