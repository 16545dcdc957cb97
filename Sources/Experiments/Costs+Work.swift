/// How long things take, in a unit that no clock has: the time of one
/// operation of a large bfloat16 product.
///
/// The weights were measured once, on one machine, and are part of the
/// engine's version: virtual time is computed from them, so they may not
/// depend on the machine at hand. What differs between machines of one kind is
/// a common factor, which `plan` measures.
extension Costs {
    /// Training, one evaluation and the latency's predictions.
    public func work(of configuration: Configuration, numerics: Numerics) -> TrialWork {
        TrialWork(
            training: trainingWork(of: configuration, numerics: numerics),
            evaluation: evaluationWork(of: configuration),
            latency: Self.latencyPredictions * Weight.single
                * forwardFLOPsPerExample(of: configuration))
    }

    /// What the canonical pass below a layer takes, over the training split
    /// and the validation split.
    public func statesWork(below layer: Int, numerics: Numerics) -> Double {
        guard layer > 0 else { return 0 }
        func pass(_ split: PassCount.Split, _ numerics: Numerics, _ examples: Int) -> Double {
            guard statesRows(split, below: layer) != nil else { return 0 }
            let count = PassCount(self, Configuration(), split)
            var operations = count.forward(from: 0)
            let above = count.forward(from: layer)
            operations.base -= above.base
            operations.attention -= above.attention
            operations.attentionCalls -= above.attentionCalls
            operations.elements -= above.elements
            return Self.time(operations, numerics) * Double(examples)
        }
        return pass(.training, numerics, data.trainExamples)
            + pass(.validation, .float32, data.validationExamples)
    }

    private func trainingWork(of configuration: Configuration, numerics: Numerics) -> Double {
        let count = PassCount(self, configuration, .training)
        let forward = count.forward(from: count.start)
        let example =
            Self.time(forward, numerics) + Weight.dropped * forward.dropped
            + Self.time(count.backward, numerics)
        let batch = Double(max(configuration.training.batchSize, 1))
        let step = Weight.step + Weight.parameter * Double(trainableParameters(of: configuration))
        return (count.passes * example + step / batch) * Double(data.trainExamples)
            * Double(configuration.training.epochs)
    }

    private func evaluationWork(of configuration: Configuration) -> Double {
        let count = PassCount(self, configuration, .validation)
        return Self.time(count.forward(from: count.start), .float32)
            * Double(data.validationExamples)
    }

    private static func time(_ operations: Operations, _ numerics: Numerics) -> Double {
        let factor = numerics == .bf16 ? 1 : Weight.float32
        return factor * (operations.base + Weight.thin * operations.adapters)
            + Weight.attention * operations.attention + Weight.attentionCall * operations.attentionCalls
            + Weight.element * operations.elements
    }

    /// Measured on an AMD EPYC with AVX-512, one thread, at 490·10⁹ operations
    /// of bfloat16 products a second (docs/decisions/0007).
    private enum Weight {
        /// Of an operation of a float32 product.
        static let float32 = 2.04
        /// Of an operation of a product with a side of 8 to 32.
        static let thin = 2.5
        static let attention = 2.8
        /// Of a product of all heads of one sequence: 4.7 µs.
        static let attentionCall = 2.3e6
        /// Norms, nonlinearity, residuals and rounding of one element, in each
        /// direction.
        static let element = 159.0
        /// Of an element's dropout mask, forward and backward: 2 ns.
        static let dropped = 1000.0
        /// The optimiser's, for one parameter and step: 0.9 ns.
        static let parameter = 460.0
        /// What a step takes whatever it trains: 0.13 ms.
        static let step = 6.4e7
        /// Of an operation of a prediction at batch 1.
        static let single = 5.5
    }

    /// How often a trial predicts at batch 1 to measure its latency.
    public static let latencyPredictions = 103.0
}

/// The parts of a trial's work; see `Costs.work`.
public struct TrialWork: Sendable, Hashable {
    public var training: Double
    public var evaluation: Double
    public var latency: Double

    public var sum: Double { training + evaluation + latency }
}
