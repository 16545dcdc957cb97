package import Experiments
package import LinearAlgebra

extension Transformer {
    /// One forward and backward pass with the dropout masks of seed 0, step 0;
    /// sets the gradients.
    package func lossAndGradients(
        _ batch: TokenBatch, labels: [Int]
    ) -> (logits: Matrix, loss: Double) {
        let (logits, cache) = forward(batch, mode: .training(seed: 0, step: 0))
        let (loss, probabilities) = SoftmaxCrossEntropy.forward(logits, labels: labels)
        backward(SoftmaxCrossEntropy.backward(probabilities: probabilities, labels: labels), cache: cache)
        return (logits, loss)
    }

    /// Optimizer steps on one batch at the settings' constant rate.
    package func takeSteps(_ count: Int, on batch: TokenBatch, labels: [Int], settings: TrainingSettings) {
        var optimizer = AdamW(
            trainable, weightDecay: settings.weightDecay, clipping: settings.gradientClipping)
        for _ in 0..<count {
            _ = lossAndGradients(batch, labels: labels)
            _ = optimizer.step(rate: settings.learningRate)
        }
    }
}
