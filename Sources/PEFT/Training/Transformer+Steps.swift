package import Experiments
package import LinearAlgebra

extension Transformer {
    /// One forward and backward pass with the dropout masks of seed 0, step 0;
    /// sets the gradients.
    package func lossAndGradients(
        _ batch: TokenBatch, targets: Targets, by products: any ProductLibrary = OpenBLASProducts()
    ) -> (logits: Matrix, loss: Double) {
        let (logits, cache) = forward(
            .tokens(batch), mode: .training(seed: 0, step: 0, products))
        var (loss, gradient) = targets.loss(of: logits, offsets: batch.offsets)
        backward(gradient, cache: cache, products: products)
        loss += regulators.reduce(0) { $0 + $1.penalize() }
        return (logits, loss)
    }

    /// The same for a class each.
    package func lossAndGradients(
        _ batch: TokenBatch, labels: [Int], by products: any ProductLibrary = OpenBLASProducts()
    ) -> (logits: Matrix, loss: Double) {
        lossAndGradients(batch, targets: .labels(labels), by: products)
    }

    /// Optimizer steps on one batch at the settings' constant rate.
    package func takeSteps(
        _ count: Int, on batch: TokenBatch, targets: Targets, settings: TrainingSettings,
        by products: any ProductLibrary = OpenBLASProducts()
    ) {
        var optimizer = AdamW(
            trainable, weightDecay: settings.weightDecay, clipping: settings.gradientClipping)
        for step in 0..<count {
            _ = lossAndGradients(batch, targets: targets, by: products)
            _ = optimizer.step(rate: settings.learningRate)
            for regulator in regulators { regulator.didStep(step, of: count) }
        }
    }

    /// The same for a class each.
    package func takeSteps(
        _ count: Int, on batch: TokenBatch, labels: [Int], settings: TrainingSettings,
        by products: any ProductLibrary = OpenBLASProducts()
    ) {
        takeSteps(count, on: batch, targets: .labels(labels), settings: settings, by: products)
    }
}
