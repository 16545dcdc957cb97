import ArgumentParser
import Experiments
import Search

struct MethodsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "methods",
        abstract: "Describe every method of the native engine, its settings and ranges, and the presets.")

    @Option(help: "How to print them.") var format = ReferenceFormat.markdown

    func run() throws {
        switch format {
        case .markdown: try Output.write(MethodReference.markdown)
        case .json: try Output.write(MethodReference.json.indentedText)
        }
    }
}

enum ReferenceFormat: String, ExpressibleByArgument, CaseIterable {
    case markdown, json
}
