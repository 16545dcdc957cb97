extension Costs {
    /// The exact value of a measurement that needs no training, or nil.
    public func exactValue(of metric: String, for configuration: Configuration) -> Double? {
        switch metric {
        case MeasurementName.trainableParameters: Double(trainableParameters(of: configuration))
        case MeasurementName.adapterBytes: Double(adapterBytes(of: configuration))
        case MeasurementName.flopsPerExample: trainingFLOPsPerExample(of: configuration)
        default: nil
        }
    }

    /// A pure stand-in for an observed measurement, which orders
    /// configurations as the measurement does but has another unit; nil for
    /// what is not observed. Proposals read this and never what was observed.
    public func standIn(for metric: String, of configuration: Configuration) -> Double? {
        switch metric {
        case MeasurementName.trainSeconds: trainingFLOPs(of: configuration)
        case MeasurementName.latency, MeasurementName.validationSeconds:
            forwardFLOPsPerExample(of: configuration)
        case MeasurementName.peakMemory: trainingBytes(of: configuration)
        default: nil
        }
    }

    /// How long a trial takes in virtual time, at least 1: training and one
    /// evaluation in units of 10^9 FLOPs, rounded up; 1000 for a space whose
    /// costs are unknown.
    public static func virtualDuration(of configuration: Configuration?, in study: Study) -> Int {
        guard let configuration, let costs = Costs(of: study) else { return 1000 }
        let evaluation =
            costs.forwardFLOPsPerExample(of: configuration) * Double(costs.data.validationExamples)
        let units = ((costs.trainingFLOPs(of: configuration) + evaluation) / 1e9).rounded(.up)
        // A million trials of the longest still fit the virtual clock.
        return units.isFinite ? Int(min(max(units, 1), 1e12)) : 1_000_000_000_000
    }

    /// All epochs over all training examples.
    private func trainingFLOPs(of configuration: Configuration) -> Double {
        trainingFLOPsPerExample(of: configuration) * Double(data.trainExamples)
            * Double(configuration.training.epochs)
    }

    /// Base, trainable tensors with gradient and two moments, and what a batch
    /// keeps for its way back: nine hidden and two feed-forward rows a token
    /// in every block that the gradient reaches.
    private func trainingBytes(of configuration: Configuration) -> Double {
        let everything = Configuration(components: [
            .unfreeze(Unfreezing(layers: Set(0..<shape.layers), embeddings: true))
        ])
        let lowest = Self.lowestAdaptedLayer(of: configuration) ?? shape.layers
        let tokens =
            data.trainExamples > 0 ? Double(data.trainTokens) / Double(data.trainExamples) : 0
        let row = Double(9 * shape.hidden + 2 * shape.feedForward) * Double(shape.layers - max(lowest, 0))
        return 4
            * (Double(trainableParameters(of: everything)) + 3
                * Double(trainableParameters(of: configuration))
                + tokens * Double(configuration.training.batchSize) * row)
    }
}
