import Experiments
import LinearAlgebra

/// What the native engine measures of every trial, with how.
struct NativeMeasurements {
    let costs: Costs
    let configuration: Configuration
    let quality: Quality
    /// The main metric by the rank that all updates were cut to.
    let qualityAtRanks: [Int: Double]
    /// Of the validation split that were looked at.
    let examples: Int
    /// Nil for tensors that followed from others.
    let trainSeconds: Double?
    let validationSeconds: Double
    let peakMemory: Int?
    /// In milliseconds; nil where it was not measured.
    let latency: Double?
    /// Those of the study: what only a constraint asks for is measured only
    /// then.
    let constraints: [Constraint]

    /// Sorted by name; what could not be measured is absent.
    var all: [Measurement] {
        let qualities = QualityMeasurements(
            quality, split: "float32, on \(examples) examples of the validation split")
        var measurements = qualities.named(prefix: "", .deterministic)
        measurements += [
            make(MeasurementName.validationSeconds, validationSeconds, "CPU time of the slot's one thread")
        ]
        if let trainSeconds {
            measurements.append(
                make(MeasurementName.trainSeconds, trainSeconds, "CPU time of the slot's one thread"))
        }
        if let latency {
            measurements.append(
                make(
                    MeasurementName.latency, latency,
                    "median of up to \(Latency.examples) validation examples at batch 1, adapters attached, "
                        + "one thread, the worker's other slots paused"))
        }
        for (rank, value) in qualityAtRanks {
            measurements.append(
                Measurement(
                    "\(costs.task.mainMetric)_at_rank_\(rank)", value, .deterministic,
                    method: "float32, on \(examples) examples of the validation split, cut to rank \(rank)"))
        }
        if let peakMemory {
            measurements.append(
                make(
                    MeasurementName.peakMemory, Double(peakMemory),
                    "largest resident memory of the slot's process"))
        }
        for name in [
            MeasurementName.trainableParameters, MeasurementName.adapterBytes,
            MeasurementName.flopsPerExample,
        ] + constraints.compactMap({ $0.exportFormat?.metric }) {
            guard let value = costs.exactValue(of: name, for: configuration) else { continue }
            measurements.append(make(name, value, "computed from the configuration and the model's shape"))
        }
        return measurements.sorted { $0.name < $1.name }
    }

    private func make(_ name: String, _ value: Double, _ method: String) -> Measurement {
        Measurement(name, value, MeasurementName.kind(of: name), method: method)
    }
}
