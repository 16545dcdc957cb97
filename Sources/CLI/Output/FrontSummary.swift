import Experiments
import Search
import Storage

/// What `run` prints at its end: the front, the baselines, what to do next.
struct FrontSummary {
    let stored: StoredStudy
    let progress: StudyProgress
    let front: Front
    private let baselines: [Trial]
    let options: DatabaseOptions

    init(_ store: OpenStore, _ stored: StoredStudy, options: DatabaseOptions) async throws {
        self.stored = stored
        self.options = options
        progress = try await store.studies.progress(of: stored.id)
        let (front, read) = try await store.front(of: stored)
        self.front = front
        baselines = read.filter { $0.label != nil }
    }

    var text: String {
        let study = stored.study
        var sections = [
            "front of \(study.name), \(front.members.count) of \(trialsInWords), hypervolume "
                + TrialTable.number(front.hypervolume),
            TrialTable.text(front.members, of: study, withState: false),
        ]
        if study.search.replicateFront > 1, front.members.contains(where: { !$0.replicates.isEmpty }) {
            sections += ["", ReplicateTable.legend(of: study)]
        }
        if !baselines.isEmpty {
            sections += ["", "baselines", TrialTable.text(baselines, of: study, withState: false)]
        }
        let failed = progress.trials[.failed] ?? 0
        if failed > 0 {
            sections += ["", "\(failed) trials failed: \(options.command("trials \(study.name)"))"]
        }
        if let cut = stored.cut { sections += ["", LimitsText.reason(cut, of: study)] }
        if isExhausted {
            let holder = baselines.isEmpty ? "the space holds" : "the space and the baselines hold"
            let count = proposed == 1 ? "one configuration" : "\(proposed) configurations"
            sections += [
                "",
                SpaceEnumeration(of: stored.study.space) == nil
                    ? "no other configuration than these \(count) was found in the space"
                    : "\(holder) only \(count)",
            ]
        }
        let untested = front.members.count { member in
            !member.measurements.contains { $0.name.hasPrefix("test_") }
        }
        if study.task?.test != nil, stored.state == .complete, untested > 0 {
            sections += [
                "",
                "\(untested) of the front could not be measured on the test split: "
                    + options.command("trial \(study.name) N"),
            ]
        }
        if stored.isTestSeen {
            sections += ["", "the test split was measured before the study was extended"]
        }
        return sections.joined(separator: "\n")
    }

    /// Whether the study ended because nothing was left to propose.
    private var isExhausted: Bool {
        stored.state == .complete && stored.cut == nil && proposed < stored.study.search.trials
    }

    /// Trials that were trained, which the budget counts.
    private var proposed: Int { progress.proposed }

    private var trialsInWords: String {
        "\(proposed) trials" + (progress.derived > 0 ? " and \(progress.derived) derived from them" : "")
    }

    /// For standard error.
    func nextSteps(isPrivate: Bool) -> String {
        let name = stored.study.name
        guard !front.members.isEmpty else {
            let reason = Front.reasonForNone(progress)
            return "\n\(reason), so there is no front: \(options.command("trials \(name)"))"
        }
        var lines = ["", "next:"]
        if let knee = Picks.knee(of: front.scored, objectives: stored.study.objectives) {
            lines.append(
                "  \(options.command("trial \(name) \(knee.number)"))     the knee of the front in full")
        }
        lines.append("  \(options.command("front \(name) --pick cheapest-within=1%"))")
        lines.append("  \(options.command("front \(name) --format json"))")
        if !isExhausted {
            let larger = stored.cut.map(LimitsText.remedy) ?? "a larger search.trials"
            lines.append("  \(larger) in the study file and the same command go on searching")
        }
        if isPrivate {
            lines.append(
                "  \(options.command("database stop"))     the private PostgreSQL keeps running until then")
        }
        return lines.joined(separator: "\n")
    }
}

extension Front {
    /// Why nothing is on a front that has no members.
    static func reasonForNone(_ progress: StudyProgress) -> String {
        progress.done == 0
            ? "no trial has finished" : "\(progress.done) trials finished, none keeps the constraints"
    }
}
