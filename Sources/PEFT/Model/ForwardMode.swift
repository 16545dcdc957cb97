import Experiments
import LinearAlgebra

/// Whether a forward pass trains: dropout acts and caches are kept.
package enum ForwardMode {
    case evaluation
    /// Dropout masks of this step come from `seed` and `step` alone, so a step
    /// can be repeated.
    case training(seed: UInt64, step: Int)

    var isTraining: Bool { if case .training = self { true } else { false } }

    /// The mask of 0 and 1/(1 - probability) for one place, or nil when
    /// nothing is dropped.
    func dropoutMask(rows: Int, columns: Int, probability: Double, place: String) -> Matrix? {
        guard case .training(let seed, let step) = self, probability > 0 else { return nil }
        var generator = SeededGenerator(seed: seed, purpose: "dropout \(place)", UInt64(step))
        return .dropoutMask(rows: rows, columns: columns, probability: probability, using: &generator)
    }
}
