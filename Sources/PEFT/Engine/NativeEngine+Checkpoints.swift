import Experiments
import LinearAlgebra

extension NativeEngine {
    /// Goes on from where an earlier rung of the same trial ended, if that is
    /// known here.
    /// - Returns: the CPU seconds until then.
    func resume(
        _ trainer: inout Trainer, _ assignment: Assignment, upTo limit: Int, by products: any ProductLibrary
    ) throws(TrialFailure) -> Double {
        guard let path = assignment.checkpointPath,
            let checkpoint = TrainingCheckpoint(path: path, identity: identity(of: assignment, products))
        else { return 0 }
        guard trainer.resume(from: checkpoint, upTo: limit) else {
            TrainingCheckpoint.remove(path)
            throw TrialFailure(.crashed, "the checkpoint \(path) was damaged; it is removed")
        }
        return checkpoint.seconds
    }

    func keep(
        _ checkpoint: TrainingCheckpoint, after seconds: Double, _ assignment: Assignment,
        _ products: any ProductLibrary
    ) throws(TrialFailure) {
        guard let path = assignment.checkpointPath else { return }
        var checkpoint = checkpoint
        checkpoint.seconds = seconds
        do {
            try checkpoint.write(to: path, identity: identity(of: assignment, products))
        } catch {
            throw TrialFailure(.crashed, "the checkpoint cannot be kept: \(error)")
        }
    }

    /// What decides the bits of a run, so that no other goes on from its
    /// checkpoint.
    private func identity(of assignment: Assignment, _ products: any ProductLibrary) -> String {
        ContentHash.sha256(
            of: [
                "study": .string(assignment.study.identityHash), "seed": .string(String(assignment.seed)),
                "configuration": assignment.configuration.json,
                "compute_class": .string(computeClass(of: assignment.study, products)),
            ])
    }
}
