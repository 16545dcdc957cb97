package import Experiments
package import LinearAlgebra

extension Transformer {
    /// The passes of a step with the dropout masks of seed 0, step 0; sets the
    /// gradients.
    /// - Parameter draws: whether what else is drawn is that of this step too;
    ///   else nothing is.
    package func lossAndGradients(
        _ batch: TokenBatch, targets: Targets, draws: Bool = false,
        by products: any ProductLibrary = OpenBLASProducts()
    ) -> (logits: Matrix, loss: Double) {
        let (outputs, loss) = differentiate(
            .tokens(batch), targets: targets, step: 0, seed: 0, draws: draws, by: products)
        return (outputs, loss)
    }

    /// The same for a class each.
    package func lossAndGradients(
        _ batch: TokenBatch, labels: [Int], by products: any ProductLibrary = OpenBLASProducts()
    ) -> (logits: Matrix, loss: Double) {
        lossAndGradients(batch, targets: .labels(labels), by: products)
    }

    /// Optimizer steps on one batch at the settings' constant rate, with the
    /// dropout masks of step 0.
    /// - Parameter draws: whether what else is drawn is that of each step with
    ///   seed 0; else nothing is.
    package func takeSteps(
        _ count: Int, on batch: TokenBatch, targets: Targets, settings: TrainingSettings, draws: Bool = false,
        by products: any ProductLibrary = OpenBLASProducts()
    ) {
        var optimizer = AdamW(
            trainable, weightDecay: settings.weightDecay, clipping: settings.gradientClipping)
        for step in 0..<count {
            _ = differentiate(
                .tokens(batch), targets: targets, step: draws ? step : 0, seed: 0, draws: draws, by: products)
            let (_, scale) = optimizer.step(rate: settings.learningRate)
            for regulator in regulators { regulator.didStep(step, of: count, gradientScale: scale) }
        }
        for regulator in regulators { regulator.didTrain() }
    }

    /// The same for a class each.
    package func takeSteps(
        _ count: Int, on batch: TokenBatch, labels: [Int], settings: TrainingSettings,
        by products: any ProductLibrary = OpenBLASProducts()
    ) {
        takeSteps(count, on: batch, targets: .labels(labels), settings: settings, by: products)
    }
}
