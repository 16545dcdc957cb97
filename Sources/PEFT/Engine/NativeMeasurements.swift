import Experiments
import LinearAlgebra

/// What the native engine measures of every trial, with how.
struct NativeMeasurements {
    let costs: Costs
    let configuration: Configuration
    let evaluation: Evaluation
    let trainSeconds: Double
    let validationSeconds: Double
    let peakMemory: Int?
    let latency: Double

    /// Sorted by name; what could not be measured is absent.
    var all: [Measurement] {
        let quality = "float32, on \(evaluation.logits.rows) examples of the validation split"
        var measurements = [
            make(MeasurementName.accuracy, evaluation.accuracy, quality),
            make(MeasurementName.loss, evaluation.loss, quality),
            make(MeasurementName.trainSeconds, trainSeconds, "CPU time of the slot's one thread"),
            make(MeasurementName.validationSeconds, validationSeconds, "CPU time of the slot's one thread"),
            make(
                MeasurementName.latency, latency,
                "median of up to \(Latency.examples) validation examples at batch 1, adapters attached, "
                    + "one thread, the worker's other slots paused"),
        ]
        if let peakMemory {
            measurements.append(
                make(
                    MeasurementName.peakMemory, Double(peakMemory),
                    "largest resident memory of the slot's process"))
        }
        for name in [
            MeasurementName.trainableParameters, MeasurementName.adapterBytes,
            MeasurementName.flopsPerExample,
        ] {
            guard let value = costs.exactValue(of: name, for: configuration) else { continue }
            measurements.append(make(name, value, "computed from the configuration and the model's shape"))
        }
        return measurements.sorted { $0.name < $1.name }
    }

    private func make(_ name: String, _ value: Double, _ method: String) -> Measurement {
        Measurement(name, value, MeasurementName.kind(of: name), method: method)
    }
}
