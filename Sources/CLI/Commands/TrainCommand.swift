import ArgumentParser
import Experiments
import Foundation
import PEFT
import Workers

struct TrainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train",
        abstract: "Train one given configuration outside any study and print its measurements.")

    @Argument(help: "The study file, for model, task and engine.") var file: String
    @Option(help: ArgumentHelp("The configuration as a JSON file.", valueName: "FILE")) var configuration:
        String
    @Option(help: "Seeds initialisation and dropout; the study's seed orders the data.") var seed = 0
    @Flag(help: "Also measure it on the test split.") var test = false
    @Option(
        help: ArgumentHelp(
            "Also cut the trained model down to so many smaller configurations, without training, and measure them.",
            valueName: "N"))
    var derive = 0
    @Option(help: "How to print it.") var format = DocumentFormat.table
    @Option(help: ArgumentHelp("Where work files lie.", valueName: "DIR")) var dataDir = ".peftsearch"
    @Option(
        help: ArgumentHelp(
            "Also hand the trained model over, as export does.", valueName: "DIR"))
    var out: String?
    @Option(help: "What to write to --out; auto is what loads with the least effort.")
    var outFormat = ExportChoice.auto

    func validate() throws {
        guard (0...(1 << 53 - 1)).contains(seed) else {
            throw ValidationError("--seed: expected a whole number from 0 to 2^53 - 1, found \(seed)")
        }
        guard (0...100).contains(derive) else {
            throw ValidationError("--derive: expected a whole number from 0 to 100, found \(derive)")
        }
    }

    func run() async throws {
        if let out { try ModelExport.check(destination: out) }
        let study = try derivingStudy()
        try check(study)
        let configuration = try Self.read(configuration, for: study)
        if out != nil, let model = study.model, let task = study.task {
            try ModelExport.check(
                Configuration(json: configuration), as: outFormat.format, family: model.family,
                task: task.kind)
        }
        let folder = URL(fileURLWithPath: dataDir).standardizedFileURL.path
        let seed = UInt64(seed)
        let (result, rungs) = try await Interruption.cancelling(isKept: false) {
            try await SingleTrial(
                study: study, configuration: configuration, seed: seed, dataFolder: folder, measuresTest: test
            ).run { outcome, artifactFolder in
                let result = try outcome.result
                try export(result, of: study, configuration, seed: seed, from: artifactFolder)
                return (result, outcome.rungs)
            }
        }
        switch format {
        case .json: try Output.write(json(of: result, rungs, study, configuration).indentedText)
        case .table:
            try Output.write(MeasurementTable.text(result.measurements))
            if !result.derived.isEmpty {
                try Output.write("\n" + Self.table(of: result.derived, study).text)
            }
        }
    }

    /// One row a smaller configuration, with the task's main metric.
    private static func table(of derived: [DerivedResult], _ study: Study) -> TextTable {
        let metrics = [
            study.task?.kind.mainMetric ?? MeasurementName.loss, MeasurementName.loss,
            MeasurementName.trainableParameters,
        ]
        var table = TextTable(headings: ["derived"] + metrics)
        table.numeric = [1, 2, 3]
        for result in derived {
            let values = metrics.map { name in
                result.measurements.first { $0.name == name }.map { JSON.number($0.value).canonicalText }
                    ?? ""
            }
            table.rows.append([result.method] + values)
        }
        return table
    }

    private func json(
        of result: TrialResult, _ rungs: ArraySlice<TrialResult>, _ study: Study, _ configuration: JSON
    ) -> JSON {
        func values(_ measurements: [Experiments.Measurement]) -> JSON {
            .object(Dictionary(uniqueKeysWithValues: measurements.map { ($0.name, JSON.number($0.value)) }))
        }
        let methods = result.measurements.map { ($0.name, JSON.string($0.method)) }
        let rungs = zip(study.search.rungs, rungs).enumerated().map { rung, pair -> JSON in
            ["rung": .integer(rung), "share": .number(pair.0), "measurements": values(pair.1.measurements)]
        }
        return [
            "measurements": values(result.measurements),
            "methods": .object(Dictionary(uniqueKeysWithValues: methods)), "rungs": .array(rungs),
            "derived": .array(
                result.derived.map { derived in
                    [
                        "configuration": derived.configuration, "method": .string(derived.method),
                        "measurements": values(derived.measurements),
                    ]
                }),
            "compute_class": .string(result.computeClass), "configuration": configuration,
            "seed": .integer(seed),
        ]
    }

    private func derivingStudy() throws(InputError) -> Study {
        var study = try StudyResolver.resolve(StudyFile(path: file))
        study.search.derived = derive
        return study
    }

    private func check(_ study: Study) throws(InputError) {
        if case .command = study.engine {
            if out != nil {
                throw InputError("--out", reason: "a command's models are not this program's to export")
            }
            if derive > 0 {
                throw InputError("--derive", reason: "a command's tensors are not this program's to cut")
            }
            if test { throw InputError("--test", reason: "a command's models are not this program's to run") }
        }
        if test, study.task?.test == nil {
            throw InputError(file, key: "task.test", reason: "--test needs the file of a test split")
        }
    }

    private func export(
        _ result: TrialResult, of study: Study, _ configuration: JSON, seed: UInt64,
        from artifactFolder: String
    ) throws(InputError) {
        guard let out, let artifact = result.artifact else { return }
        let provenance = try Provenance(
            study: study, trial: nil, seed: seed, configuration: configuration,
            measurements: result.measurements, computeClass: result.computeClass, artifact: artifact)
        let model = try TrainedModel(provenance, artifactFolder: artifactFolder)
        try ModelExport.write(model, as: outFormat.format, to: out)
    }

    static func read(_ path: String, for study: Study) throws(InputError) -> JSON {
        let bytes = try BoundedFile.contents(of: path, expected: "a configuration in JSON")
        guard !bytes.isEmpty else { throw InputError(path, reason: "is empty") }
        let json: JSON
        do {
            json = try JSON.parse(bytes)
        } catch {
            throw InputError(path, reason: "is not JSON: \(error)")
        }
        guard case .native = study.engine, let model = study.model else { return json }
        let configuration = try Configuration(json: json, subject: path)
        try configuration.check(
            against: model.shape, maximumLength: study.task?.maximumLength, subject: path)
        if let kind = study.task?.kind { try configuration.check(for: kind, subject: path) }
        return configuration.json
    }
}
