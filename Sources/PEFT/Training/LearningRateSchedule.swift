package import Experiments
import Foundation

/// The learning rate of each step: up over the warm-up, whose last step has
/// the peak, then as the schedule says down to what would be 0 one step after
/// the last of the full run.
package struct LearningRateSchedule {
    let settings: TrainingSettings
    let steps: Int
    let warmupSteps: Int

    /// - Parameter steps: of the last rung, whatever rung is run now.
    package init(_ settings: TrainingSettings, steps: Int) {
        self.settings = settings
        self.steps = steps
        warmupSteps = Int((settings.warmup * Double(steps)).rounded(.up))
    }

    /// - Parameter step: from 0.
    package func rate(at step: Int) -> Double {
        if step < warmupSteps { return settings.learningRate * Double(step + 1) / Double(warmupSteps) }
        let share = Double(step - warmupSteps) / Double(max(steps - warmupSteps, 1))
        switch settings.schedule {
        case .constant: return settings.learningRate
        case .linear: return settings.learningRate * (1 - share)
        case .cosine: return settings.learningRate * 0.5 * (1 + cos(.pi * share))
        }
    }
}
