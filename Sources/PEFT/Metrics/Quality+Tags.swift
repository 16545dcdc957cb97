import Experiments
import LinearAlgebra

extension Quality {
    /// Of logits (words that have a token, tags). A word that was cut off is
    /// one that was given `O`: its span is missed.
    static func ofTags(
        _ logits: Matrix, _ targets: WordTags, _ labels: [String], _ bootstrap: Bootstrap
    ) -> [String: Double] {
        let sentences = TaggedPredictions(logits.largestInEachRow(), targets, labels)
        let (cells, kinds) = sentences.cells
        let total = kinds.enumerated().reduce(into: SpanCounts(labelled: 0, predicted: 0, correct: 0)) {
            sum, kind in
            sum.add(kind.element, times: cells.count { $0 == Int32(kind.offset) })
        }
        var values = bounded(
            [MeasurementName.spanF1], bootstrap, cells: cells, cellCount: kinds.count
        ) { counts in
            var sum = SpanCounts(labelled: 0, predicted: 0, correct: 0)
            for (kind, count) in zip(kinds, counts) { sum.add(kind, times: Int(count)) }
            return [sum.f1]
        }
        values[MeasurementName.spanPrecision] = total.precision
        values[MeasurementName.spanRecall] = total.recall
        values[MeasurementName.tokenAccuracy] = sentences.tokenAccuracy
        return values
    }
}

/// The tags of a split's words beside those predicted.
private struct TaggedPredictions {
    /// Of each sentence.
    private var spans: [SpanCounts] = []
    private var words = 0
    private var correct = 0

    /// - Parameter predictions: of the words that have a token.
    init(_ predictions: [Int], _ targets: WordTags, _ labels: [String]) {
        let tags = labels.map { SpanTag($0) ?? .outside }
        var next = 0
        for sentence in 0..<targets.count {
            let range = targets.offsets[sentence]..<targets.offsets[sentence + 1]
            let predicted = range.map { word in
                guard targets.firstTokens[word] >= 0 else { return SpanTag.outside }
                next += 1
                return tags[predictions[next - 1]]
            }
            let labelled = range.map { tags[Int(targets.tags[$0])] }
            spans.append(SpanCounts(labels: labelled, predictions: predicted))
            words += range.count
            correct += zip(labelled, predicted).count { $0 == $1 }
        }
    }

    /// Of all words, those cut off included.
    var tokenAccuracy: Double { words > 0 ? Double(correct) / Double(words) : 0 }

    /// The different counts of sentences, and which of them each sentence has.
    var cells: (cells: [Int32], kinds: [SpanCounts]) {
        var positions: [SpanCounts: Int32] = [:]
        var kinds: [SpanCounts] = []
        let cells = spans.map { counts in
            if let position = positions[counts] { return position }
            positions[counts] = Int32(kinds.count)
            kinds.append(counts)
            return Int32(kinds.count - 1)
        }
        return (cells, kinds)
    }
}
