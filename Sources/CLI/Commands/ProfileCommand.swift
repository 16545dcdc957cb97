import ArgumentParser
import Experiments
import Foundation
import PEFT
import Workers

/// Where the time of training goes; for benchmarks.
struct ProfileCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "profile", abstract: "Say where the time of training goes, on one thread.",
        shouldDisplay: false, subcommands: [Rate.self, Start.self, Steps.self, Proposals.self, Queue.self])

    struct Rate: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "rate", abstract: "Operations a second of large products, on one thread.")

        @Option(help: "bf16 or float32.") var numerics: String
        @Option(help: "How long to measure.") var seconds = 2.0

        func run() throws {
            guard let numerics = Numerics(rawValue: numerics) else {
                throw ValidationError("--numerics: expected bf16 or float32, found \(numerics)")
            }
            guard
                let rate = TrainingProfile.productRate(numerics, seconds: seconds, meter: ProcessMeter())
            else { throw InputError("--numerics \(numerics.rawValue)", reason: "this CPU cannot") }
            try Output.write(
                (["numerics": .string(numerics.rawValue), "operations_per_second": .number(rate)] as JSON)
                    .indentedText)
        }
    }

    struct Start: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "start",
            abstract:
                "What passes between an assignment and its first steps, in a fresh slot and in a used one.")

        @Argument(help: "The study file, for model and task.") var file: String
        @Option(help: ArgumentHelp("The configuration as a JSON file.", valueName: "FILE"))
        var configuration: String
        @Option(help: ArgumentHelp("The data folder, with what is kept in it.", valueName: "DIR"))
        var dataDir = ".peftsearch"

        func run() throws {
            let study = try StudyResolver.resolve(StudyFile(path: file))
            let configuration = try Configuration(
                json: try TrainCommand.read(configuration, for: study), subject: configuration)
            let engine = NativeTrialEngine.engine(
                artifactFolder: "\(dataDir)/artifacts", statesFolder: "\(dataDir)/states")
            let profiles = try (0..<2).map { seed in
                try engine.start(
                    NativeEngine.Assignment(study: study, seed: UInt64(seed), configuration: configuration))
            }
            var table = TextTable(headings: ["milliseconds", "fresh", "used"])
            table.numeric = [1, 2]
            func row(_ name: String, _ seconds: (StartUpProfile) -> Double?) {
                table.rows.append(
                    [name] + profiles.map { seconds($0).map { String(format: "%.1f", 1000 * $0) } ?? "" })
            }
            for stage in StartUpProfile.Stage.allCases { row(stage.rawValue) { $0.seconds[stage] } }
            row("until the first step") { $0.untilFirstStep }
            try Output.write(table.text)
        }
    }

    struct Steps: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "steps", abstract: "The parts of a configuration's training steps.")

        @Argument(help: "The study file, for model and task.") var file: String
        @Option(help: ArgumentHelp("The configuration as a JSON file.", valueName: "FILE"))
        var configuration: String
        @Option(help: "How many.") var steps = 64
        @Option(help: "Seeds initialisation and dropout.") var seed = 0
        @Option(
            help: ArgumentHelp(
                "Train from hidden states kept here, as a trial does; else from the tokens.", valueName: "DIR"
            ))
        var dataDir: String?

        func run() throws {
            let study = try StudyResolver.resolve(StudyFile(path: file))
            let configuration = try Configuration(
                json: try TrainCommand.read(configuration, for: study), subject: configuration)
            let profile = try TrainingProfile(
                of: configuration, in: study, seed: UInt64(clamping: seed), steps: steps,
                statesFolder: dataDir.map { "\($0)/states" }, meter: ProcessMeter())
            var table = TextTable(headings: ["part", "calls", "seconds", "share", "of the limit"])
            table.numeric = [1, 2, 3, 4]
            var products = 0.0
            for part in profile.parts {
                products += part.operations
                table.rows.append([
                    part.name, part.calls > 0 ? "\(part.calls)" : "", String(format: "%.3f", part.seconds),
                    Self.percent(part.seconds / profile.seconds),
                    part.operations > 0
                        ? Self.percent(part.operations / part.seconds / profile.productRate) : "",
                ])
            }
            table.rows.append([
                "all", "", String(format: "%.3f", profile.seconds), "100 %",
                Self.percent(products / profile.seconds / profile.productRate),
            ])
            try Output.write(table.text)
            try Output.write(
                String(
                    format: "\n%d examples, %.0f a second; the limit is %.0f GFLOP/s of large products",
                    profile.examples, Double(profile.examples) / profile.seconds, profile.productRate / 1e9))
        }

        private static func percent(_ share: Double) -> String { String(format: "%.1f %%", 100 * share) }
    }
}
