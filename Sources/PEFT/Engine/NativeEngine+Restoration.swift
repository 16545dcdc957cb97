import Experiments
import LinearAlgebra

extension NativeEngine {
    /// Puts the trained tensors of a finished trial into its network: those of
    /// its artifact, or where that is not here or damaged what training, or for
    /// a derived trial its parent, gives again.
    /// - Returns: whether they are the record's.
    func restore(
        _ network: Transformer, _ assignment: Assignment, in study: LoadedStudy,
        by products: any ProductLibrary, report: (Report) -> Void
    ) throws -> Bool {
        if let tensors = stored(assignment.artifact) {
            try put(tensors, into: network, assignment)
            return true
        }
        if let origin = assignment.origin {
            let tensors = try derivedTensors(assignment, of: origin, in: study, by: products, report: report)
            try put(tensors, into: network, assignment)
        } else {
            let source = try source(study.task.train, "train", for: network, in: study, by: products)
            _ = try train(network, assignment, on: source, in: study, by: products, report: report)
        }
        return try store(network) == assignment.artifact
    }

    private func put(
        _ tensors: [String: Matrix], into network: Transformer, _ assignment: Assignment
    ) throws(TrialFailure) {
        let refused = network.setTrained(tensors)
        guard refused.isEmpty, tensors.count == network.trainable.count else {
            throw TrialFailure(
                .invalid, "artifact \(assignment.artifact ?? "") does not fit the configuration: \(refused)")
        }
    }

    /// A derived configuration is never trained by itself: that would give
    /// another model than the one that was measured.
    private func derivedTensors(
        _ assignment: Assignment, of origin: TensorOrigin, in study: LoadedStudy,
        by products: any ProductLibrary, report: (Report) -> Void
    ) throws -> [String: Matrix] {
        var parent = assignment
        do {
            parent.configuration = try Configuration(json: origin.configuration)
        } catch {
            throw TrialFailure(.invalid, error.description)
        }
        parent.artifact = origin.artifact
        parent.origin = nil
        let network = try network(for: parent, in: study)
        _ = try restore(network, parent, in: study, by: products, report: report)
        let steps = Derivation.steps(
            from: TrainedConfiguration(of: network, parent.configuration), costs: study.costs,
            names: study.base.family.names, limit: assignment.study.search.derived)
        guard let step = steps.first(where: { $0.result.configuration.json == assignment.configuration.json })
        else {
            throw TrialFailure(
                .crashed, "its configuration does not follow from what its parent trained here")
        }
        let names = try Set(self.network(for: assignment, in: study).trainable.map(\.name))
        return step.result.tensors.filter { names.contains($0.key) }
    }
}
