public import Experiments
import LinearAlgebra

/// What a fresh network's first gradients say of how well it will train, all
/// without a step; the classifier, which every configuration has, is left out.
///
/// After "Zero-Cost Proxies for Lightweight NAS" (Abdelfattah et al. 2021,
/// arXiv 2101.08134).
struct TrainingFreeProxies {
    /// Of the mean gradient, by tensor.
    private var sums: [Matrix?] = []
    private var squares = 0.0
    private var batches = 0

    /// Takes up the gradients of one more batch.
    mutating func add(_ parameters: [Parameter]) {
        if sums.isEmpty { sums = parameters.map { _ in nil } }
        for (index, parameter) in parameters.enumerated() {
            guard let gradient = parameter.gradient else { continue }
            squares += gradient.sumOfSquares()
            if sums[index] == nil {
                sums[index] = gradient
            } else {
                sums[index]!.add(gradient, scale: 1)
            }
        }
        batches += 1
    }

    /// - Parameters:
    ///   - parameters: those of `add`.
    ///   - rate: the peak learning rate.
    func measurements(_ parameters: [Parameter], rate: Double) -> [Experiments.Measurement] {
        let count = Double(max(batches, 1))
        var (norm, saliency, gain, square) = (0.0, 0.0, 0.0, 0.0)
        for (parameter, sum) in zip(parameters, sums) {
            guard let sum else { continue }
            let mean = sum.map { $0 / Float(count) }
            let squares = mean.sumOfSquares()
            norm += squares.squareRoot()
            square += squares
            saliency += mean.times(parameter.value).sumOfMagnitudes
            gain += rate * parameter.learningRateScale * mean.sumOfMagnitudes
        }
        let mean = squares / count
        let method = "of \(batches) training batches before the first step"
        func make(_ name: String, _ value: Double, _ how: String) -> Experiments.Measurement {
            Measurement("proxy_\(name)", value, .deterministic, method: "\(how), \(method)")
        }
        return [
            make(
                "coherence", mean > 0 ? square / mean : 0,
                "squared norm of the mean gradient over the mean of squares"),
            make("fisher", mean, "mean squared norm of a batch's gradient: the empirical Fisher's trace"),
            make("first_step_gain", gain, "loss that Adam's first step takes off, to first order"),
            make("gradient_norm", norm, "sum of the tensors' gradient norms"),
            make("saliency", saliency, "sum of |value x gradient| (SNIP, arXiv 1810.02340)"),
        ]
    }
}

extension Matrix {
    fileprivate var sumOfMagnitudes: Double { values.reduce(0) { $0 + Double(abs($1)) } }
}

extension NativeEngine {
    /// Training-free proxies of an assignment's configuration, on the first
    /// batches that it would train on.
    /// - Parameter batches: at least 1; no more than there are are looked at.
    /// - Throws: `TrialFailure`.
    public func proxies(of assignment: Assignment, batches: Int) throws -> [Experiments.Measurement] {
        let (study, products, network, source) = try begin(assignment)
        let trainer = Trainer(
            network, on: source, targets: study.task.trainingTargets,
            settings: assignment.configuration.training, studySeed: assignment.study.seed,
            trialSeed: assignment.seed, products: products)
        let classifier = network.head.classifier
        let parameters = network.trainable.filter {
            $0 !== classifier.weight && $0 !== classifier.bias
        }
        var proxies = TrainingFreeProxies()
        try trainer.forEachFirstBatch(batches) { proxies.add(parameters) }
        return proxies.measurements(parameters, rate: assignment.configuration.training.learningRate)
    }
}
