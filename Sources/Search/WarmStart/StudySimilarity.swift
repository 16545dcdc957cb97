public import Experiments
import Foundation

/// How much one study's results are expected to say of another's, before any
/// result: a guess that measured ranks soon outweigh.
public enum StudySimilarity {
    /// In (0, 1]; nil when nothing can be taken over.
    public static func of(_ source: Study, to target: Study) -> Double? {
        switch (source.space.meaning, target.space.meaning) {
        case (.literal, .literal):
            let engine = source.engine == target.engine ? 1 : 0.7
            return engine * (source.space == target.space ? 1 : 0.5)
        case (.native, .native):
            guard let first = source.model, let second = target.model,
                first.shape.layers == second.shape.layers
            else { return nil }
            let model = first.fingerprint == second.fingerprint ? 1 : 0.7
            let kind = source.task?.kind == target.task?.kind ? 1 : 0.5
            return max(0.05, model * kind * data(source.data, target.data))
        default: return nil
        }
    }

    /// Classes and sizes, by their ratios.
    private static func data(_ source: DataFacts?, _ target: DataFacts?) -> Double {
        guard let source, let target else { return 0.5 }
        let classes = closeness(Double(source.outputs), Double(target.outputs), power: 0.2)
        let examples = closeness(Double(source.trainExamples), Double(target.trainExamples), power: 0.1)
        let lengths = closeness(
            Double(source.trainTokens) / Double(max(source.trainExamples, 1)),
            Double(target.trainTokens) / Double(max(target.trainExamples, 1)), power: 0.2)
        return classes * examples * lengths
    }

    private static func closeness(_ a: Double, _ b: Double, power: Double) -> Double {
        guard a > 0, b > 0 else { return 1 }
        return pow(min(a, b) / max(a, b), power)
    }
}
