import Experiments
import Search

/// The study that `ask` is about: a file, and what the command line says
/// instead of it.
struct AskedStudy {
    let path: String
    var seed: Int?
    var strategy: String?
    var trials: Int?
    var parallelism: Int?

    /// A resolved study needs neither its model nor its data: all that
    /// proposals depend on stands in it.
    ///
    /// Limits of time and energy do not apply: what trials take is not known.
    func resolved() throws(InputError) -> Study {
        var study = try unlimited()
        study.search.limits = SearchLimits(stoppingRule: study.search.limits.stoppingRule)
        return study
    }

    private func unlimited() throws(InputError) -> Study {
        guard path.hasSuffix(".json") else {
            let file = try overridden(StudyFile(path: path))
            guard file.warmStart == nil else {
                throw InputError(
                    path, key: "search.warm_start", reason: "needs a store, which ask does not have",
                    suggestion: "peftsearch study create, and ask with what study show prints")
            }
            return try StudyResolver.resolve(file)
        }
        return try overridden(Self.read(path))
    }

    /// Before it is resolved, because a study's seed also draws its data.
    private func overridden(_ file: StudyFile) -> StudyFile {
        var file = file
        file.seed = seed ?? file.seed
        file.strategy = strategy ?? file.strategy
        file.trials = trials ?? file.trials
        file.parallelism = parallelism ?? file.parallelism
        return file
    }

    private func overridden(_ study: Study) throws(InputError) -> Study {
        var study = study
        if let seed { study.seed = UInt64(seed) }
        if let name = strategy {
            let strategy = try StrategyRegistry.strategy(named: name)
            try strategy.check(study.space)
            study.search.strategy = strategy.name
            study.search.version = strategy.version
        }
        study.search.trials = trials ?? study.search.trials
        study.search.parallelism = parallelism ?? study.search.parallelism
        return study
    }

    /// The first line that `ask` writes, what its `study` holds, or what `study
    /// show` prints, which says more of a stored study.
    private static func read(_ path: String) throws(InputError) -> Study {
        let bytes = try BoundedFile.contents(of: path, expected: "a resolved study in JSON")
        let json: JSON
        do {
            json = try JSON.parse(bytes)
        } catch {
            throw InputError(path, reason: "is not JSON: \(error)")
        }
        guard var members = (json["study"]?.object == nil ? json : json["study"]!).object else {
            return try Study(json: json, subject: path)
        }
        for key in ["hash", "state", "test_seen", "cut", "is_paused"] { members[key] = nil }
        return try Study(json: .object(members), subject: path)
    }
}
