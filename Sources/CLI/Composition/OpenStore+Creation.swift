import Experiments
import Storage

extension OpenStore {
    /// Stores a study, or finds it stored; a larger budget than the stored one
    /// extends it.
    func create(_ study: Study) async throws -> StoredStudy {
        let study = try await warmStarted(study)
        let stored = try await studies.create(study)
        let (asked, before) = (study.search, stored.study.search)
        guard asked.trials >= before.trials else {
            throw InputError(
                study.name, key: "search.trials",
                reason: "is \(asked.trials), but the stored study has a budget of \(before.trials),"
                    + " which may only grow",
                suggestion: "trials: \(before.trials), or another name for this study")
        }
        if let key = before.limits.shrunk(in: asked.limits) {
            throw InputError(
                study.name, key: "search.\(key)",
                reason: "permits less than the stored study, whose budget may only grow",
                suggestion: "\(key) as it was, or another name for this study")
        }
        let hasGrown = asked.limits != before.limits
        // What cut the search still stands, whatever the number of trials.
        let isCut = stored.cut.map { !$0.reason.isByHand } ?? false
        if asked.trials > before.trials, !isCut || hasGrown {
            try await studies.extend(stored.id, trials: asked.trials)
        }
        if hasGrown { try await studies.extend(stored.id, limits: asked.limits) }
        return try await self.study(study.name)
    }
}
