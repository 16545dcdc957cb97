package import Experiments
package import LinearAlgebra

extension Transformer {
    /// One forward and backward pass with the dropout masks of seed 0, step 0;
    /// sets the gradients.
    package func lossAndGradients(
        _ batch: TokenBatch, labels: [Int], by products: any ProductLibrary = OpenBLASProducts()
    ) -> (logits: Matrix, loss: Double) {
        let (logits, cache) = forward(
            .tokens(batch), mode: .training(seed: 0, step: 0, products))
        var (loss, probabilities) = SoftmaxCrossEntropy.forward(logits, labels: labels)
        backward(
            SoftmaxCrossEntropy.backward(probabilities: probabilities, labels: labels), cache: cache,
            products: products)
        loss += regulators.reduce(0) { $0 + $1.penalize() }
        return (logits, loss)
    }

    /// Optimizer steps on one batch at the settings' constant rate.
    package func takeSteps(
        _ count: Int, on batch: TokenBatch, labels: [Int], settings: TrainingSettings,
        by products: any ProductLibrary = OpenBLASProducts()
    ) {
        var optimizer = AdamW(
            trainable, weightDecay: settings.weightDecay, clipping: settings.gradientClipping)
        for step in 0..<count {
            _ = lossAndGradients(batch, labels: labels, by: products)
            _ = optimizer.step(rate: settings.learningRate)
            for regulator in regulators { regulator.didStep(step, of: count) }
        }
    }
}
