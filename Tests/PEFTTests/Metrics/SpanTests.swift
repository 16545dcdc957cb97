import Experiments
import LinearAlgebra
import PEFT
import Testing

/// Spans by hand, and words that the network never saw.
@Suite struct SpanTests {
    private static let labels = ["B-a", "B-b", "I-a", "I-b", "O"]

    /// - Parameter tokens: nil for a token a word.
    private func f1(_ gold: [String], _ predicted: [String], tokens: [Int32]? = nil) -> [String: Double] {
        let ids = Dictionary(uniqueKeysWithValues: Self.labels.enumerated().map { ($1, $0) })
        let targets = Targets.tags(
            WordTags(
                tags: gold.map { Int32(ids[$0]!) }, offsets: [0, gold.count],
                firstTokens: tokens ?? gold.indices.map { Int32($0 + 1) }))
        var logits = Matrix(rows: predicted.count, columns: Self.labels.count)
        for (row, tag) in predicted.enumerated() { logits[row, ids[tag]!] = 2 }
        return Quality(
            Evaluation(logits, targets: targets), targets: targets, labels: Self.labels, scale: nil, seed: 1
        ).values
    }

    @Test func `a span counts with its type and both ends, or not at all`() {
        #expect(f1(["B-a", "I-a", "O"], ["B-a", "I-a", "O"])["span_f1"] == 1)
        #expect(f1(["B-a", "I-a", "O"], ["B-a", "O", "O"])["span_f1"] == 0)
        #expect(f1(["B-a", "I-a", "O"], ["B-b", "I-b", "O"])["span_f1"] == 0)
        #expect(f1(["B-a", "I-a", "O"], ["B-a", "I-a", "I-a"])["span_f1"] == 0)
    }

    @Test func `an inside tag after another type or nothing begins a span`() {
        #expect(f1(["O", "B-a", "I-a"], ["O", "I-a", "I-a"])["span_f1"] == 1)
        #expect(f1(["B-a", "B-b", "O"], ["B-a", "I-b", "O"])["span_f1"] == 1)
        #expect(f1(["B-a", "B-a", "O"], ["B-a", "I-a", "O"])["span_f1"] == 0)
    }

    @Test func `a word that was cut off is missed`() {
        let cut = f1(["B-a", "O", "B-b"], ["B-a", "O"], tokens: [1, 2, -1])
        #expect(cut["span_precision"] == 1 && cut["span_recall"] == 0.5)
        #expect(abs(cut["span_f1"]! - 2.0 / 3) < 1e-12)
        #expect(abs(cut["token_accuracy"]! - 2.0 / 3) < 1e-12)
    }

    @Test func `nothing to find and nothing found is worth 0`() {
        let nothing = f1(["O", "O"], ["O", "O"])
        #expect(nothing["span_f1"] == 0 && nothing["span_precision"] == 0 && nothing["span_recall"] == 0)
        #expect(nothing["token_accuracy"] == 1)
    }
}
