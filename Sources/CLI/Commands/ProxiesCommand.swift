import ArgumentParser
import Experiments
import Foundation
import PEFT
import Workers

struct ProxiesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "proxies", abstract: "Score configurations by their first gradients, without training.",
        discussion: """
            One configuration a line in, one JSON object a line out: its training-free proxies, or the \
            error that refuses it.
            """)

    @Argument(help: "The study file, for model and task.") var file: String
    @Option(help: ArgumentHelp("Configurations as JSON lines; - is the standard input.", valueName: "FILE"))
    var configurations: String
    @Option(help: "How many training batches are looked at.") var batches = 4
    @Option(help: "Seeds initialisation and dropout.") var seed = 0
    @Option(help: ArgumentHelp("The data folder, with what is kept in it.", valueName: "DIR"))
    var dataDir = ".peftsearch"

    func validate() throws {
        guard (1...1_000_000).contains(batches) else {
            throw ValidationError("--batches: expected a whole number from 1 to 1000000, found \(batches)")
        }
        guard (0...(1 << 53 - 1)).contains(seed) else {
            throw ValidationError("--seed: expected a whole number from 0 to 2^53 - 1, found \(seed)")
        }
    }

    func run() throws {
        let study = try StudyResolver.resolve(StudyFile(path: file))
        guard case .native = study.engine else {
            throw InputError(
                file, key: "engine", reason: "a command's gradients are not this program's to see")
        }
        let path = configurations == "-" ? "/dev/stdin" : configurations
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw InputError(path, reason: "cannot be read", suggestion: "a file of JSON lines")
        }
        let engine = NativeTrialEngine.engine(
            artifactFolder: "\(dataDir)/artifacts", statesFolder: "\(dataDir)/states")
        for (index, line) in text.split(separator: "\n").enumerated() {
            try Output.write(answer(to: String(line), number: index + 1, study, engine).canonicalText)
        }
    }

    private func answer(to line: String, number: Int, _ study: Study, _ engine: NativeEngine) -> JSON {
        do {
            let configuration = try Configuration(json: try JSON.parse(line), subject: "line \(number)")
            let proxies = try engine.proxies(
                of: NativeEngine.Assignment(study: study, seed: UInt64(seed), configuration: configuration),
                batches: batches)
            let values = proxies.map { ($0.name, JSON.number($0.value)) }
            return ["proxies": .object(Dictionary(uniqueKeysWithValues: values))]
        } catch {
            let text = (error as? TrialFailure)?.detail ?? "\(error)"
            return ["error": .string("line \(number): \(text)")]
        }
    }
}
