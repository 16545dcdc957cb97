import Experiments
import LinearAlgebra

extension NativeEngine {
    /// What the trained tensors are worth when they are cut down, without
    /// training: measured like a trial.
    func derived(
        from network: Transformer, _ assignment: Assignment,
        on validation: (source: BatchSource, targets: Targets), in study: LoadedStudy
    ) throws -> [DerivedResult] {
        let trained = TrainedConfiguration(
            configuration: assignment.configuration,
            tensors: Dictionary(uniqueKeysWithValues: network.trainedTensors.map { ($0.name, $0.value) }))
        let steps = Derivation.steps(
            from: trained, costs: study.costs, names: study.base.family.names,
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
            let measurements = NativeMeasurements(
                costs: study.costs, configuration: smaller.configuration,
                quality: study.quality(of: evaluation, targets: validation.targets), qualityAtRanks: [:],
                examples: validation.targets.count, trainSeconds: nil,
                validationSeconds: meter.threadSeconds() - start, peakMemory: nil, latency: nil,
                constraints: assignment.study.constraints)
            return DerivedResult(
                configuration: smaller.configuration.json, method: step.method,
                measurements: measurements.all, artifact: try store(network))
        }
    }
}
