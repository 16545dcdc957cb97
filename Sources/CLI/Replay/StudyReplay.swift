import Experiments
import Foundation
import Search
import Storage

/// A complete study's front once more: first its proposals and front versions
/// are made again from the record, then each member is trained.
///
/// What came out the same is noted in the data folder until all is done, so
/// that an interrupted replay goes on.
struct StudyReplay {
    let stored: StoredStudy
    let trials: [Trial]
    let versions: [FrontVersion]
    let store: OpenStore
    let replay: TrialReplay

    /// What came of it.
    struct Answer: Sendable {
        let json: JSON
        let text: String
        let isSame: Bool
    }

    init(_ stored: StoredStudy, in store: OpenStore, _ replay: TrialReplay) async throws {
        guard stored.state == .complete else {
            throw InputError(
                stored.study.name, reason: "is \(stored.state.rawValue); a complete study can be replayed",
                suggestion: "peftsearch replay \(stored.study.name) N for a trial that has ended")
        }
        self.stored = stored
        self.store = store
        self.replay = replay
        trials = try await store.studies.trials(of: stored.id)
        versions = try await store.studies.frontVersions(of: stored.id)
    }

    func run() async throws -> Answer {
        Output.note("making the proposals of \(trials.count) trials again")
        var last = ContinuousClock.now
        let plan = try PlanReplay(of: stored, trials: trials, versions: versions) { decisions in
            guard last.duration(to: .now) >= .seconds(10) else { return }
            last = .now
            Output.note("decision \(decisions)")
        }
        // From other proposals another front would follow.
        guard plan.difference == nil else { return answer(plan, []) }
        let tasks = try await tasks()
        let notes = ReplayNotes(of: stored, in: replay.dataFolder)
        var reports: [JSON] = []
        for (index, task) in tasks.enumerated() {
            let place = "\(task.name) (\(index + 1) of \(tasks.count))"
            let key = notes.key(of: task, stored.study, by: replay)
            if let noted = notes.reports(of: task, key: key) {
                Output.note("\(place): the same, as was found before the interruption")
                reports += noted
                continue
            }
            Output.note(place)
            let found = try await replay.run(task, ordinal: ordinal(of: task.trial))
            try Task.checkCancellation()
            if found.allSatisfy({ $0.verdict != .differs }) {
                notes.note(found.map(\.json), of: task, key: key)
            }
            reports += found.map(\.json)
        }
        notes.remove()
        return answer(plan, reports)
    }

    /// One for each training that the last front rests on, by trial: the
    /// members, those from which members were derived, and replicates.
    private func tasks() async throws -> [ReplayTask] {
        let members = Set(versions.last?.members ?? [])
        var tasks: [ReplayTask] = []
        for trial in trials where trial.parent == nil {
            let compared = trials.filter {
                members.contains($0.number) && ($0.number == trial.number || $0.parent == trial.number)
            }
            guard !compared.isEmpty else { continue }
            let attempts = try await store.studies.attempts(at: trial.number, of: stored.id)
            tasks.append(
                try ReplayTask(trial, comparing: compared, attempts: attempts, of: stored.study.name))
            guard members.contains(trial.number) else { continue }
            for replicate in trial.replicates where replicate.failure?.reason.isFinal ?? true {
                tasks.append(
                    try ReplayTask(
                        trial, replicate: replicate, comparing: [trial], attempts: attempts,
                        of: stored.study.name))
            }
        }
        return tasks
    }

    private func ordinal(of trial: Trial) -> Int {
        trials.prefix { $0.number < trial.number }.count { $0.parent == nil }
    }

    private func answer(_ plan: PlanReplay, _ reports: [JSON]) -> Answer {
        let differing = reports.count { $0["verdict"] == "differs" }
        let isSame = plan.difference == nil && differing == 0
        let isExact = reports.allSatisfy { $0["verdict"] == "same" }
        let verdict = isSame ? (isExact ? "same" : "within_tolerance") : "differs"
        let json: JSON = [
            "study": .string(stored.study.name), "verdict": .string(verdict),
            "plan": [
                "decisions": .integer(plan.decisions), "front_versions": .integer(plan.comparedVersions),
                "has_grown": .bool(stored.hasGrown),
                "first_difference": plan.difference.map(Self.json) ?? .null,
            ],
            "replays": .array(reports),
        ]
        return Answer(json: json, text: text(plan, reports, verdict), isSame: isSame)
    }

    private static func json(_ difference: PlanReplay.Difference) -> JSON {
        [
            "subject": .string(difference.subject), "key": .string(difference.key),
            "recorded": JSON(difference.recorded), "found": JSON(difference.found),
        ]
    }

    private func text(_ plan: PlanReplay, _ reports: [JSON], _ verdict: String) -> String {
        let answers = [
            "same": "the same, bit for bit", "within_tolerance": "the same within the tolerance",
            "differs": "differs",
        ]
        var lines = ["\(stored.study.name): \(answers[verdict] ?? verdict)"]
        if let difference = plan.difference {
            lines.append(
                "first difference: \(difference.subject), \(difference.key): recorded "
                    + "\(difference.recorded ?? "nothing"), made again \(difference.found ?? "nothing")")
            lines.append("no trial was trained: from other proposals another front would follow")
            return lines.joined(separator: "\n")
        }
        lines.append(
            "made again from seed and results: \(plan.decisions) decisions, "
                + "\(plan.comparedVersions) front versions"
                + (stored.hasGrown ? " (of a budget that grew the last one alone)" : ""))
        var table = TextTable(headings: ["trial", "replicate", "verdict", "first difference"])
        table.numeric = [0, 1]
        table.rows = reports.map { report in
            [
                report["trial"]?.integer.map(String.init) ?? "",
                report["replicate"]?.integer.map(String.init) ?? "", report["verdict"]?.string ?? "",
                report["first_difference"].flatMap(Self.differenceText) ?? "",
            ]
        }
        return (lines + ["", table.text]).joined(separator: "\n")
    }

    private static func differenceText(_ json: JSON) -> String? {
        guard let quantity = json["quantity"]?.string, let name = json["name"]?.string else { return nil }
        return "\(quantity.replacing("_", with: " ")) \(name)"
    }
}
