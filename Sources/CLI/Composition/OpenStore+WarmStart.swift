import Experiments
import Search
import Storage

extension OpenStore {
    /// The study with what it takes over from finished ones: what is stored of
    /// it already, or what its sources hold now.
    func warmStarted(_ study: Study) async throws -> Study {
        guard let request = study.search.warmStart?.request else { return study }
        var study = study
        let stored = try await studies.study(named: study.name)?.study.search.warmStart
        if let stored, stored.request == request {
            study.search.warmStart = stored
            return study
        }
        let sources =
            switch request {
            case .studies(let names): try await sources(named: names, for: study)
            case .automatic: try await similarSources(for: study)
            }
        study.search.warmStart?.sources = sources
        let names = sources.map { "\($0.study) (\($0.trials.count) trials)" }.joined(separator: ", ")
        Output.note(
            sources.isEmpty ? "no finished study is like this one: no warm start" : "warm start from \(names)"
        )
        return study
    }

    private func sources(named names: [String], for study: Study) async throws -> [WarmStart.Source] {
        var sources: [WarmStart.Source] = []
        for name in names {
            let stored = try await self.study(name)
            guard stored.state == .complete else {
                throw InputError(
                    study.name, key: "search.warm_start",
                    reason: "\(name) is \(stored.state.rawValue), and only a complete study can be read",
                    suggestion: "wait for \(name), or leave it out")
            }
            do {
                sources.append(try await source(stored, for: study))
            } catch let error as InputError {
                throw InputError(
                    study.name, key: "search.warm_start", reason: "\(name) \(error.reason)",
                    suggestion: error.suggestion)
            }
        }
        return sources
    }

    private func similarSources(for study: Study) async throws -> [WarmStart.Source] {
        var candidates: [(similarity: Double, stored: StoredStudy)] = []
        for stored in try await studies.studies()
        where stored.state == .complete && stored.study.name != study.name {
            guard let similarity = StudySimilarity.of(stored.study, to: study) else { continue }
            candidates.append((similarity, stored))
        }
        candidates.sort { ($1.similarity, $0.stored.study.name) < ($0.similarity, $1.stored.study.name) }
        var sources: [WarmStart.Source] = []
        for (_, stored) in candidates where sources.count < WarmStart.mostSources {
            do {
                sources.append(try await source(stored, for: study))
            } catch is InputError {
                // What has nothing to tell is not alike.
            }
        }
        return sources
    }

    private func source(_ stored: StoredStudy, for study: Study) async throws -> WarmStart.Source {
        try WarmStart.Source(
            of: stored.study, trials: try await studies.trials(of: stored.id), hash: stored.hash, for: study)
    }
}
