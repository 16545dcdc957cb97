import Experiments
import Search
import Storage

/// What `run` prints at its end: the front, the baselines, what to do next.
struct FrontSummary {
    let stored: StoredStudy
    let trials: [Trial]
    let front: Front

    init(_ store: OpenStore, _ stored: StoredStudy) async throws {
        self.stored = stored
        trials = try await store.studies.trials(of: stored.id)
        front = Front.current(of: stored.study, trials: trials)
    }

    var text: String {
        let study = stored.study
        var sections = [
            "front of \(study.name), \(front.members.count) of \(trials.count) trials, hypervolume "
                + TrialTable.number(front.hypervolume),
            TrialTable.text(front.members, of: study, withState: false),
        ]
        let baselines = trials.filter { $0.label != nil }
        if !baselines.isEmpty {
            sections += ["", "baselines", TrialTable.text(baselines, of: study, withState: false)]
        }
        let failed = trials.count { $0.state == .failed }
        if failed > 0 { sections += ["", "\(failed) trials failed: peftsearch trials \(study.name)"] }
        let untested = front.members.count { member in
            !member.measurements.contains { $0.name.hasPrefix("test_") }
        }
        if study.task?.test != nil, stored.state == .complete, untested > 0 {
            sections += [
                "",
                "\(untested) of the front could not be measured on the test split: peftsearch trial \(study.name) N",
            ]
        }
        if stored.isTestSeen {
            sections += ["", "the test split was measured before the study was extended"]
        }
        return sections.joined(separator: "\n")
    }

    /// For standard error.
    func nextSteps(_ options: DatabaseOptions, isPrivate: Bool) -> String {
        let folder = options.dataDir == ".peftsearch" ? "" : " --data-dir \(options.dataDir)"
        let name = stored.study.name
        guard !front.members.isEmpty else {
            return "\nno trial has finished, so there is no front: peftsearch trials \(name)\(folder)"
        }
        var lines = ["", "next:"]
        if let knee = Picks.knee(of: front.members, objectives: stored.study.objectives) {
            lines.append(
                "  peftsearch trial \(name) \(knee.number)\(folder)     the knee of the front in full")
        }
        lines.append("  peftsearch front \(name) --pick cheapest-within=1%\(folder)")
        lines.append("  peftsearch front \(name) --format json\(folder)")
        lines.append("  a larger search.trials in the study file and the same command go on searching")
        if isPrivate {
            lines.append(
                "  peftsearch database stop\(folder)     the private PostgreSQL keeps running until then")
        }
        return lines.joined(separator: "\n")
    }
}
