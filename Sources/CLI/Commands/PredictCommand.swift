import ArgumentParser
import Experiments
import PEFT

struct PredictCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "predict",
        abstract: "Run an exported model, or an adapter that PEFT wrote, over the rows of a file.")

    @Argument(help: ArgumentHelp("The model's folder.", valueName: "DIR")) var folder: String
    @Option(help: ArgumentHelp("TSV, CSV, JSON lines or CoNLL, by its ending.", valueName: "FILE"))
    var input: String
    @Option(help: "How to print the predictions.") var format = PredictionFormat.jsonl
    @Option(
        help: ArgumentHelp("The base model of an adapter; else where the adapter says.", valueName: "FOLDER"))
    var model: String?
    @Option(
        help: ArgumentHelp(
            "A column of the text, once more for a pair; else those of the export, or text.",
            valueName: "COLUMN"))
    var text: [String] = []
    @Option(help: "The longest sequence in tokens; else that of the export, or all positions.")
    var maxLength: Int?

    func validate() throws {
        guard text.count <= 2, !text.contains("") else {
            throw ValidationError("--text: expected one column or two")
        }
        if let maxLength, !(3...8192).contains(maxLength) {
            throw ValidationError("--max-length: expected 3 to 8192, found \(maxLength)")
        }
    }

    func run() async throws {
        let model = try HandedOverModel(folder: folder, base: model, maximumLength: maxLength)
        let columns = text.isEmpty ? nil : text
        guard !model.tagsWords else {
            var output = TagOutput(labels: model.labels, format: format)
            try output.begin()
            return try model.tag(file: input, columns: columns) { try output.write($0) }
        }
        let output = PredictionOutput(labels: model.labels, format: format)
        try output.begin()
        try model.predict(file: input, columns: columns) { try output.write($0) }
    }
}

enum PredictionFormat: String, ExpressibleByArgument, CaseIterable {
    case jsonl, csv
}
