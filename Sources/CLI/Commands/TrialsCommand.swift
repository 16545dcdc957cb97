import ArgumentParser
import Experiments
import Storage

struct TrialsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trials", abstract: "List the trials of a study.")

    @Argument(help: "The study's name.") var study: String
    @Option(help: "How to print them.") var format = TrialsFormat.table
    @OptionGroup var database: DatabaseOptions

    func run() async throws {
        let store = try await database.open()
        let stored = try await store.study(study)
        let trials = try await store.studies.trials(of: stored.id)
        let json = { trials.map { TrialJSON.trial($0, of: stored.study) } }
        switch format {
        case .table: try Output.write(TrialTable.text(trials, of: stored.study, withState: true))
        case .csv: try Output.write(TrialTable.csv(trials, of: stored.study))
        case .json:
            try Output.write(
                JSON.object(["study": .string(stored.study.name), "trials": .array(json())]).indentedText)
        case .jsonl: for trial in json() { try Output.write(trial.canonicalText) }
        }
    }
}
