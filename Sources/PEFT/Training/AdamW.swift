import Foundation
import LinearAlgebra

/// AdamW over the trainable parameters of a network, with decay on matrices
/// alone and clipping by the norm of all gradients together.
struct AdamW {
    let parameters: [Parameter]
    let weightDecay: Double
    /// 0 does not clip.
    let clipping: Double
    /// Of each parameter.
    private(set) var moments: [AdamWMoments]
    /// Of each parameter: those in which it had a gradient, as in PyTorch.
    private(set) var steps: [Int]

    init(_ parameters: [Parameter], weightDecay: Double, clipping: Double) {
        self.parameters = parameters
        self.weightDecay = weightDecay
        self.clipping = clipping
        steps = parameters.map { _ in 0 }
        moments = parameters.map { AdamWMoments(rows: $0.value.rows, columns: $0.value.columns) }
    }

    /// Goes on from what an optimizer of the same parameters had.
    mutating func resume(moments: [AdamWMoments], steps: [Int]) {
        self.moments = moments
        self.steps = steps
    }

    /// The norm of the gradients before clipping, not finite when training has
    /// diverged, and what clipping multiplied them by.
    typealias Step = (norm: Double, gradientScale: Double)

    /// Moves every parameter that has a gradient, or none where their norm is
    /// not finite.
    mutating func step(rate: Double) -> Step {
        let norm = parameters.reduce(0) { $0 + ($1.gradient?.sumOfSquares() ?? 0) }.squareRoot()
        guard norm.isFinite else { return (norm, 1) }
        let scale = clipping > 0 ? min(1, clipping / (norm + 1e-6)) : 1
        for (index, parameter) in parameters.enumerated() {
            guard let gradient = parameter.gradient else { continue }
            steps[index] += 1
            moments[index].update(
                &parameter.value, gradient: gradient, scale: Float(scale), step: steps[index],
                rate: rate * parameter.learningRateScale, decay: parameter.decays ? weightDecay : 0)
        }
        return (norm, scale)
    }
}
