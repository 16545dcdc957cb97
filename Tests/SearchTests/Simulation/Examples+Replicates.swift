import Experiments
import Search

extension Examples {
    /// What a replicate of a trial measures: what the trial would with its
    /// seed. Every seventh diverges.
    static func end(replicate index: Int, of trial: inout Trial, in study: Study) throws {
        var copy = trial
        copy.seed = trial.replicates[index].seed
        guard copy.seed % 7 != 0 else {
            trial.replicates[index].failure = TrialFailure(.diverged, "loss is not finite")
            return
        }
        trial.replicates[index].measurements = try measure(copy, in: study)
        trial.replicates[index].computeClass = "toy"
    }
}

extension Trial {
    /// What a store does with a request.
    mutating func request(_ requested: RequestedReplicate) {
        guard !replicates.contains(where: { $0.number == requested.number }) else { return }
        replicates.append(Replicate(number: requested.number, seed: requested.seed))
        replicates.sort { $0.number < $1.number }
    }
}
