import ArgumentParser
import Experiments
import PEFT
import Storage

struct ExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Hand over a trained trial as a folder that Python loads.")

    @Argument(help: "The study's name.") var study: String
    @Argument(help: "The trial's number, from 0.") var number: Int
    @OptionGroup var options: ExportOptions
    @Flag(help: "Train it again from its record where its trained tensors are not here.")
    var retrain = false
    @Option(help: ArgumentHelp("A folder that does not exist yet, or is empty.", valueName: "DIR"))
    var out: String
    @OptionGroup var database: DatabaseOptions

    func run() async throws {
        try ModelExport.check(destination: out)
        let store = try await database.open()
        let stored = try await store.study(study)
        let trial = try await store.trial(number, of: stored)
        guard trial.state == .done, let artifact = trial.artifact else {
            throw InputError(
                "\(study) \(number)",
                reason: trial.state == .done
                    ? "kept no trained tensors"
                    : "is \(trial.state.rawValue); a finished trial can be exported",
                suggestion: database.command("front \(study)"))
        }
        let provenance = try Provenance(
            study: stored.study, trial: number, seed: trial.seed, configuration: trial.configuration,
            measurements: trial.measurements, computeClass: trial.computeClass, artifact: artifact,
            parent: trial.parent, derivation: trial.derivation)
        let folder = "\(database.dataFolder)/artifacts"
        guard retrain, !ArtifactStore(folder: folder).holds(artifact) else {
            return try options.export(provenance, artifactFolder: folder, to: out)
        }
        let (out, options, stores) = (out, options, database)
        try await Interruption.cancelling(isKept: false) {
            try await Retraining(of: trial, stored, in: store, dataFolder: stores.dataFolder).run { folder in
                try options.export(provenance, artifactFolder: folder, to: out)
            }
        }
    }
}

/// How an export is written.
struct ExportOptions: ParsableArguments {
    @Option(help: "What to write; auto is what loads with the least effort.")
    var format = ExportChoice.auto
    @Option(
        help: ArgumentHelp(
            "What those who load an adapter alone call the base model; else its path here.",
            valueName: "NAME"))
    var baseName: String?
    @Flag(help: "Fit a temperature on the validation split and fold it into the head.")
    var temperature = false

    func validate() throws {
        if let baseName, baseName.isEmpty || baseName.utf8.count > 1000 {
            throw ValidationError("--base-name: expected a name or a path")
        }
    }

    func export(
        _ provenance: Provenance, artifactFolder: String, to out: String
    ) throws(InputError) {
        var model = try TrainedModel(provenance, artifactFolder: artifactFolder)
        if temperature { try model.foldTemperature() }
        try ModelExport.write(model, as: format.format, baseName: baseName, to: out)
        Output.note("\(out): what it holds and how it is loaded stands in \(out)/README.md")
    }
}

/// A format, or the best that is possible.
enum ExportChoice: String, ExpressibleByArgument, CaseIterable {
    case auto, peft, adapterhub, merged
    case customCode = "custom_code"

    /// Nil for auto.
    var format: ExportFormat? { ExportFormat(rawValue: rawValue) }
}
