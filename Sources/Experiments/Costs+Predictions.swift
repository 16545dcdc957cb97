extension Costs {
    /// The exact value of a measurement that needs no training, or nil.
    public func exactValue(of metric: String, for configuration: Configuration) -> Double? {
        switch metric {
        case MeasurementName.trainableParameters: Double(trainableParameters(of: configuration))
        case MeasurementName.adapterBytes: Double(adapterBytes(of: configuration))
        case MeasurementName.flopsPerExample: trainingFLOPsPerExample(of: configuration)
        default:
            ExportFormat(metric: metric).map {
                configuration.obstacles(to: $0, for: family, task: task).isEmpty ? 1 : 0
            }
        }
    }

    /// A pure stand-in for an observed measurement, which orders
    /// configurations as the measurement does but has another unit; nil for
    /// what is not observed. Proposals read this and never what was observed.
    public func standIn(for metric: String, of configuration: Configuration) -> Double? {
        switch metric {
        case MeasurementName.trainSeconds: work(of: configuration, numerics: .bf16).training
        case MeasurementName.latency, MeasurementName.validationSeconds:
            forwardFLOPsPerExample(of: configuration)
        case MeasurementName.peakMemory: trialBytes(of: configuration, numerics: .bf16)
        default: nil
        }
    }

    /// How long a trial takes in virtual time, at least 1: its work in units
    /// of 10^9, rounded up; 1000 for a space whose costs are unknown.
    public static func virtualDuration(of configuration: Configuration?, in study: Study) -> Int {
        guard let configuration, let costs = Costs(of: study), case .native(_, let numerics) = study.engine
        else { return 1000 }
        let units = (costs.work(of: configuration, numerics: numerics).sum / 1e9).rounded(.up)
        // A million trials of the longest still fit the virtual clock.
        return units.isFinite ? Int(min(max(units, 1), 1e12)) : 1_000_000_000_000
    }
}
