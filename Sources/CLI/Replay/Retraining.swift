import Experiments
import PEFT

/// Makes a finished trial's tensors again where they are not at hand.
struct Retraining: Sendable {
    private let single: SingleTrial
    private let artifact: String
    private let name: String

    /// - Parameter trial: done; of a derived one its parent is trained.
    init(of trial: Trial, _ stored: StoredStudy, in store: OpenStore, dataFolder: String) async throws {
        var trained = trial
        if let parent = trial.parent { trained = try await store.trial(parent, of: stored) }
        var study = stored.study
        // It goes to its end in one go, which gives the bits of one that was promoted.
        study.search.rungs = [1]
        if trial.parent == nil { study.search.derived = 0 }
        var single = SingleTrial(
            study: study, configuration: trained.configuration, seed: trained.seed, dataFolder: dataFolder)
        single.number = trained.number
        let progress = ReplayProgress("trial \(trained.number)")
        single.observe = { progress.note($0) }
        self.single = single
        artifact = trial.artifact ?? ""
        name = "\(stored.study.name) \(trial.number)"
    }

    /// - Parameter body: gets a folder that holds the tensors.
    /// - Throws: when they are not those of the record.
    func run(_ body: @Sendable (_ artifactFolder: String) throws -> Void) async throws {
        Output.note("training trial \(single.number) again: its tensors are not here")
        try await single.run { outcome, folder in
            _ = try outcome.result
            guard ArtifactStore(folder: folder).holds(artifact) else {
                throw InputError(
                    name, reason: "training it again gives other tensors than the record's \(artifact)",
                    suggestion: "peftsearch replay \(name), which says where they part")
            }
            try body(folder)
        }
    }
}
