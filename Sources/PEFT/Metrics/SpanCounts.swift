/// How many spans there are, were predicted, and both with the same type and
/// the same words.
struct SpanCounts: Hashable {
    var labelled = 0
    var predicted = 0
    var correct = 0

    /// Of one sentence.
    init(labels: [SpanTag], predictions: [SpanTag]) {
        let labelled = Span.spans(of: labels)
        let predicted = Set(Span.spans(of: predictions))
        self.init(
            labelled: labelled.count, predicted: predicted.count,
            correct: labelled.count(where: predicted.contains))
    }

    init(labelled: Int, predicted: Int, correct: Int) {
        self.labelled = labelled
        self.predicted = predicted
        self.correct = correct
    }

    /// Adds another's counts, so often.
    mutating func add(_ other: SpanCounts, times count: Int = 1) {
        labelled += count * other.labelled
        predicted += count * other.predicted
        correct += count * other.correct
    }

    /// 0 where nothing was predicted.
    var precision: Double { predicted > 0 ? Double(correct) / Double(predicted) : 0 }
    /// 0 where nothing is labelled.
    var recall: Double { labelled > 0 ? Double(correct) / Double(labelled) : 0 }
    /// Over all types together (micro average); 0 without any span.
    var f1: Double {
        labelled + predicted > 0 ? 2 * Double(correct) / Double(labelled + predicted) : 0
    }
}
