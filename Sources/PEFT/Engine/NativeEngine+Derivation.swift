import Experiments
import LinearAlgebra

extension NativeEngine {
    /// What the trained tensors are worth when they are cut down, without
    /// training: measured like a trial, latency where the study asks for it.
    func derived(
        from network: Transformer, _ assignment: Assignment,
        on validation: (source: BatchSource, targets: Targets), in study: LoadedStudy,
        exclusively: (() throws -> Void) throws -> Void
    ) throws -> [DerivedResult] {
        let steps = Derivation.steps(
            from: TrainedConfiguration(of: network, assignment.configuration), costs: study.costs,
            names: study.base.family.names,
            limit: assignment.study.search.derived)
        return try steps.compactMap { step in
            var smaller = assignment
            smaller.configuration = step.result.configuration
            let network = try self.network(for: smaller, in: study)
            let names = Set(network.trainable.map(\.name))
            let tensors = step.result.tensors.filter { names.contains($0.key) }
            guard tensors.count == names.count, network.setTrained(tensors).isEmpty else { return nil }
            let source = try self.validation(of: smaller, for: network, in: study).source
            let start = meter.threadSeconds()
            let evaluation = try evaluate(network, on: source, targets: validation.targets)
            guard evaluation.loss.isFinite else { return nil }
            let validated = meter.threadSeconds()
            var latency: Double?
            if assignment.study.asksForLatency {
                try exclusively {
                    latency = Latency(of: network, on: study.task.validation, meter: meter).milliseconds
                }
            }
            let measurements = NativeMeasurements(
                costs: study.costs, configuration: smaller.configuration,
                quality: study.quality(of: evaluation, targets: validation.targets), qualityAtRanks: [:],
                examples: validation.targets.count, trainSeconds: nil,
                validationSeconds: validated - start, peakMemory: nil, latency: latency,
                constraints: assignment.study.constraints)
            return DerivedResult(
                configuration: smaller.configuration.json, method: step.method,
                measurements: measurements.all, artifact: try store(network))
        }
    }
}

extension Study {
    /// Whether a trial without a latency could not be on the front.
    fileprivate var asksForLatency: Bool {
        (objectives.map(\.metric) + constraints.map(\.metric)).contains(MeasurementName.latency)
    }
}
