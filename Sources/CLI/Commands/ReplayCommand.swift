import ArgumentParser
import Experiments
import Storage

struct ReplayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay", abstract: "Train again from the record and compare bit for bit.",
        discussion: "Status 0: the same. Status 1: a difference; what is printed names the first.")

    @Argument(help: "The study's name.") var study: String
    @Argument(help: "The trial's number, from 0.") var number: Int?
    @Option(
        help: ArgumentHelp("This training of the trial from another seed, from 1.", valueName: "NUMBER"))
    var replicate: Int?
    @Flag(
        name: .customLong("study"),
        help: "In place of a trial: make all proposals and fronts again, and train the whole front.")
    var wholeStudy = false
    @Option(
        help: ArgumentHelp(
            "In another compute class train all the same, and let deterministic numbers differ so far.",
            valueName: "NUMBER"))
    var tolerance: Double?
    @Option(help: "How to print it.") var format = DocumentFormat.table
    @OptionGroup var database: DatabaseOptions

    func validate() throws {
        guard (number == nil) == wholeStudy else {
            throw ValidationError("expected a trial's number, or --study for the whole front")
        }
        guard replicate == nil || number != nil else {
            throw ValidationError("--replicate: expected the number of its trial before it")
        }
        if let tolerance, !(tolerance >= 0 && tolerance.isFinite) {
            throw ValidationError("--tolerance: expected a number from 0, found \(tolerance)")
        }
    }

    func run() async throws {
        let command = self
        let isSame = try await Interruption.cancelling(isKept: wholeStudy) { try await command.replay() }
        if !isSame { throw AnswerIsNo(text: nil) }
    }

    private func replay() async throws -> Bool {
        let store = try await database.open()
        let stored = try await store.study(study)
        let replay = TrialReplay(
            stored: stored, machine: try await ReplayMachine(for: stored.study),
            dataFolder: database.dataFolder, tolerance: tolerance,
            input: try ReplayInputs.difference(from: stored.study))
        note(stored.study)
        guard let number else {
            let answer = try await StudyReplay(stored, in: store, replay).run()
            try Output.write(format == .json ? answer.json.indentedText : Terminal.safe(answer.text))
            return answer.isSame
        }
        let trials = try await store.studies.trials(of: stored.id)
        let trial = try await store.trial(number, of: stored)
        let trained = trials[trial.parent ?? trial.number]
        let task = try ReplayTask(
            trained, replicate: try found(in: trial), comparing: [trial],
            attempts: try await store.studies.attempts(at: trained.number, of: stored.id), of: study)
        let ordinal = trials.prefix { $0.number < trained.number }.count { $0.parent == nil }
        let reports = try await replay.run(task, ordinal: ordinal)
        for report in reports {
            try Output.write(format == .json ? report.json.indentedText : Terminal.safe(report.text))
        }
        return reports.allSatisfy { $0.verdict != .differs }
    }

    private func found(in trial: Trial) throws(InputError) -> Replicate? {
        guard let replicate else { return nil }
        if let found = trial.replicates.first(where: { $0.number == replicate }) { return found }
        throw InputError(
            "\(study) \(trial.number)", reason: "has no replicate \(replicate)",
            suggestion: trial.replicates.isEmpty ? nil : "a number from 1 to \(trial.replicates.count)")
    }

    /// What cannot be promised, before anything is trained.
    private func note(_ study: Study) {
        guard case .command = study.engine else { return }
        Output.note(
            "note: a command's numbers are as repeatable as its program: without a fixed seed, with several "
                + "threads or other libraries it may give others")
    }
}
