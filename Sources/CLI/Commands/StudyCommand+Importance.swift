import ArgumentParser
import Experiments
import Foundation
import Search
import Storage

extension StudyCommand {
    struct Importance: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show which parameters decide who is among the best.")

        @Argument(help: "The study's name.") var study: String
        @Option(help: ArgumentHelp("An objective alone, instead of the front.", valueName: "metric"))
        var objective: String?
        @Option(
            help: """
                Which share of the trials counts as the best, above 0 and below 1; else a tenth, but 8 \
                trials where there are 16.
                """) var share: Double?
        @Option(help: "How to print it.") var format = OutputFormat.table
        @OptionGroup var database: DatabaseOptions

        func run() async throws {
            let store = try await database.open()
            let stored = try await store.study(study)
            let importance = try ParameterImportance(
                of: stored.study, trials: try await store.studies.trials(of: stored.id), objective: objective,
                share: share)
            switch format {
            case .table:
                try Output.write(Self.table(importance).text)
                try Output.write("\(importance.best) of \(importance.trials) trials count as the best")
            case .csv: try Output.write(Self.table(importance).csv)
            case .json: try Output.write(json(importance).indentedText)
            }
        }

        private static func table(_ importance: ParameterImportance) -> TextTable {
            var table = TextTable(headings: ["parameter", "importance", "from", "to", "trials"])
            table.numeric = [1, 2, 3, 4]
            func cell(_ share: Double?) -> String { share.map { String(format: "%.3f", $0) } ?? "" }
            table.rows = importance.entries.map { entry in
                [
                    entry.name, cell(entry.share), cell(entry.interval?.lowerBound),
                    cell(entry.interval?.upperBound), "\(entry.trials)",
                ]
            }
            return table
        }

        private func json(_ importance: ParameterImportance) -> JSON {
            [
                "study": .string(study), "objective": JSON(objective), "trials": .integer(importance.trials),
                "best": .integer(importance.best),
                "parameters": .array(
                    importance.entries.map { entry in
                        [
                            "name": .string(entry.name), "importance": .number(entry.share),
                            "from": JSON(entry.interval?.lowerBound), "to": JSON(entry.interval?.upperBound),
                            "trials": .integer(entry.trials),
                        ]
                    }),
            ]
        }
    }
}
