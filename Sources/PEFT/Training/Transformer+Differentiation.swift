import Experiments
import LinearAlgebra

extension Transformer {
    /// Weight of how far the outputs of two passes are apart; 0 where a step has
    /// one.
    private var consistency: Double { regulators.map(\.consistency).max() ?? 0 }

    /// The passes of one step of training; sets the gradients.
    ///
    /// - Parameters:
    ///   - seed: of what is drawn in the step.
    ///   - draws: whether regulators draw; else everything takes part as in an
    ///     evaluation, dropout excepted.
    /// - Returns: the outputs of the first pass, and the loss with what is added
    ///   to it.
    func differentiate(
        _ input: NetworkInput, targets: Targets, step: Int, seed: UInt64, draws: Bool = true,
        by products: any ProductLibrary
    ) -> (outputs: Matrix, loss: Double) {
        func prepare(_ pass: Int) {
            guard draws else { return }
            for regulator in regulators { regulator.willPass(pass, of: step, seed: seed) }
            refresh()
        }
        func run(_ pass: Int) -> (logits: Matrix, cache: Cache) {
            prepare(pass)
            return forward(input, mode: .training(seed: seed, step: step, pass: pass, products))
        }
        let first = run(0)
        var (loss, gradient) = targets.loss(of: first.logits, offsets: input.offsets)
        let weight = consistency
        if weight > 0 {
            let second = run(1)
            let divergence = targets.divergence(first.logits, second.logits, offsets: input.offsets)
            loss += weight * divergence.value
            gradient.add(divergence.first, scale: Float(weight))
            backward(divergence.second.map { Float(weight) * $0 }, cache: second.cache, products: products)
            prepare(0)
        }
        backward(gradient, cache: first.cache, products: products, isFirst: weight == 0)
        return (first.logits, loss + regulators.reduce(0) { $0 + $1.penalize() })
    }
}
