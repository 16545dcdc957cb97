import ArgumentParser
import Experiments
import Storage

struct TrialsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trials", abstract: "List the trials of a study.")

    @Argument(help: "The study's name.") var study: String
    @Option(help: "How to print them.") var format = TrialsFormat.table
    @Option(help: "At most so many; without it all.") var limit: Int?
    @Option(help: ArgumentHelp("Only those with a higher number: the next page.", valueName: "NUMBER"))
    var after: Int?
    @OptionGroup var database: DatabaseOptions

    func validate() throws {
        if let limit, limit < 1 {
            throw ValidationError("--limit: expected a whole number from 1, found \(limit)")
        }
        if let after, !(-1...Int(Int32.max)).contains(after) {
            throw ValidationError("--after: expected a trial's number, found \(after)")
        }
    }

    /// A page can be at most as long as a study.
    private var selection: TrialSelection {
        limit == nil && after == nil
            ? .all : .page(after: after, limit: min(limit ?? .max, Int(Int32.max)))
    }

    func run() async throws {
        let store = try await database.open()
        let stored = try await store.study(study)
        let trials = try await store.studies.trials(of: stored.id, selection)
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
