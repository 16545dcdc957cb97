import Experiments
import Search

/// Trains what a study's record says once more, and compares.
struct TrialReplay: Sendable {
    let stored: StoredStudy
    let machine: ReplayMachine
    let dataFolder: String
    /// Nil where another compute class is not trained in.
    let tolerance: Double?
    /// Of the files; nil where they are those of the record.
    let input: ReplayDifference?

    /// - Throws: what keeps it from an answer, such as a trainer that crashed.
    func run(_ task: ReplayTask, ordinal: Int) async throws -> [ReplayReport] {
        if let obstacle = obstacle(task, ordinal: ordinal) {
            return task.compared.map { trial in
                var comparison = ReplayComparison()
                comparison.add(obstacle)
                return report(on: trial, of: task, comparison, isTrained: false)
            }
        }
        if let other = otherClass(task) {
            Output.note("this machine is of another compute class, so bits are not compared: \(other.text)")
        }
        if task.records.isEmpty {
            Output.note(
                "note: an older release trained it and kept no record of the steps; numbers and tensors are compared"
            )
        }
        Output.note("training \(task.name)")
        let outcome = try await train(task)
        if let failure = outcome.failure, !failure.reason.isFinal { throw failure }
        return task.compared.map { trial in
            var comparison = ReplayComparison(tolerance: otherClass(task) == nil ? nil : tolerance)
            compare(trial, of: task, with: outcome, &comparison)
            return report(on: trial, of: task, comparison, isTrained: true, outcome)
        }
    }

    /// What differs before anything is trained, so that nothing need be.
    private func obstacle(_ task: ReplayTask, ordinal: Int) -> ReplayDifference? {
        if let input { return input }
        if let difference = tampered(task, ordinal: ordinal) { return difference }
        if case .native(let version, _) = stored.study.engine, let found = machine.computeClass?.engine,
            found != "native-\(version)"
        {
            return ReplayDifference(.engine, "native", recorded: "native-\(version)", found: found)
        }
        return tolerance == nil ? otherClass(task) : nil
    }

    /// Whether the record still says what its attempts got.
    private func tampered(_ task: ReplayTask, ordinal: Int) -> ReplayDifference? {
        let study = stored.study
        guard stored.hash == study.identityHash else {
            return ReplayDifference(.input, "study", recorded: stored.hash, found: study.identityHash)
        }
        let seed =
            task.replicate.map { FrontReplication.seed(of: $0.number, ordinal: ordinal, in: study) }
            ?? StudyPlan.seed(of: ordinal, in: study)
        guard seed == task.seed else {
            return ReplayDifference(.input, "seed", recorded: "\(task.seed)", found: "\(seed)")
        }
        let inputs = AttemptRecord.inputs(
            study: study, seed: task.seed, configuration: task.trial.configuration)
        guard let recorded = task.records.last?.inputs, recorded != inputs else { return nil }
        return ReplayDifference(.input, "configuration", recorded: recorded, found: inputs)
    }

    /// The first part in which a class of the record is not this machine's.
    private func otherClass(_ task: ReplayTask) -> ReplayDifference? {
        guard let here = machine.computeClass else { return nil }
        for recorded in task.computeClasses where recorded != here.description {
            let part = ComputeClass(recorded)?.differences(from: here).first
            return ReplayDifference(
                .computeClass, part?.part ?? "compute class", recorded: part?.this ?? recorded,
                found: part?.other ?? here.description)
        }
        return nil
    }

    private func train(_ task: ReplayTask) async throws -> SingleTrial.Outcome {
        var study = stored.study
        let derived = task.compared.filter { $0.number != task.trial.number }
        // The training is the same without what would follow from it.
        if derived.isEmpty { study.search.derived = 0 }
        let progress = ReplayProgress(task.name)
        var single = SingleTrial(
            study: study, configuration: task.trial.configuration, seed: task.seed, dataFolder: dataFolder)
        single.number = task.trial.number
        single.replicate = task.replicate?.number
        single.lastRung = task.lastRung
        if case .native = study.engine, task.replicate == nil {
            single.measuresTest = task.compared.contains {
                $0.number == task.trial.number && $0.hasComparableTest
            }
            single.testedDerived = derived.filter(\.hasComparableTest).map(\.configuration)
        }
        single.observe = { progress.note($0) }
        return try await single.run { outcome, _ in outcome }
    }

    private func compare(
        _ trial: Trial, of task: ReplayTask, with outcome: SingleTrial.Outcome,
        _ comparison: inout ReplayComparison
    ) {
        let isOwn = trial.number == task.trial.number
        let last = stored.study.search.rungs.count - 1
        for (rung, result) in outcome.trained.enumerated() {
            let place = task.replicate == nil ? rung : last
            comparison.compare(task.record(at: rung)?.trace, result.trace, rung: place)
            guard isOwn else { continue }
            let recorded = task.replicate?.measurements ?? trial.rungs[rung].measurements
            let tested = rung == outcome.trained.count - 1 ? outcome.tested?.measurements ?? [] : []
            comparison.compare(
                Self.comparable(recorded), result.measurements + tested, rung: place)
        }
        comparison.compareFailure(task.failure, outcome.failure)
        if !isOwn,
            let result = outcome.trained.last?.derived.first(where: {
                $0.configuration == trial.configuration
            })
        {
            let tested = outcome.testedDerived[trial.configuration]?.measurements ?? []
            comparison.compare(Self.comparable(trial.measurements), result.measurements + tested, rung: last)
        } else if !isOwn {
            comparison.compare(trial.measurements, [], rung: last)
        }
        // Only a whole training keeps its tensors.
        if trial.state == .done, task.replicate == nil || task.record(at: 0)?.artifact != nil {
            let recorded = task.replicate == nil ? trial.artifact : task.record(at: 0)?.artifact
            comparison.compareArtifact(recorded, artifact(of: trial, task, outcome))
        }
    }

    /// Without a test that was made with other tensors than the record's.
    private static func comparable(_ recorded: [Measurement]) -> [Measurement] {
        recorded.filter { !($0.name.hasPrefix("test_") && $0.kind == .observed) }
    }

    private func artifact(of trial: Trial, _ task: ReplayTask, _ outcome: SingleTrial.Outcome) -> String? {
        guard trial.number != task.trial.number else { return outcome.trained.last?.artifact }
        return outcome.trained.last?.derived.first { $0.configuration == trial.configuration }?.artifact
    }

    private func report(
        on trial: Trial, of task: ReplayTask, _ comparison: ReplayComparison, isTrained: Bool,
        _ outcome: SingleTrial.Outcome? = nil
    ) -> ReplayReport {
        var differences = comparison.differences
        if isTrained, !differences.isEmpty {
            // What explains the others comes first.
            if let other = otherClass(task) { differences.insert(other, at: 0) }
            if let recorded = task.records.last?.program, recorded != machine.program {
                differences.insert(
                    ReplayDifference(.program, "peftsearch", recorded: recorded, found: machine.program),
                    at: 0)
            }
        }
        return ReplayReport(
            study: stored.study.name, trial: trial, replicate: task.replicate, task: task, machine: machine,
            isTrained: isTrained, comparison: comparison, differences: differences,
            artifact: outcome.flatMap { artifact(of: trial, task, $0) },
            computeClass: outcome?.trained.last?.computeClass)
    }
}
