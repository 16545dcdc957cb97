import ArgumentParser
import Experiments
import Foundation
import Search

extension ProfileCommand {
    struct Proposals: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "proposals", abstract: "How long each strategy takes for a proposal, on one thread.")

        @Option(help: "Names of strategies, with commas.") var strategies: String?
        @Option(help: "Numbers of finished trials, ascending, with commas.")
        var histories = "100,200,1000,5000,10000"
        @Option(help: "Of how many proposals each figure is the median.") var repeats = 9
        @Option(help: "A strategy that took longer once, in seconds, is not asked with longer histories.")
        var longest = 5.0
        @Option(help: "How to print it.") var format = DocumentFormat.table

        func run() throws {
            let names = strategies?.split(separator: ",").map(String.init) ?? StrategyRegistry.names
            let counts = try histories.split(separator: ",").map { text in
                guard let count = Int(text), (10...100_000).contains(count) else {
                    throw ValidationError("--histories: expected numbers from 10 to 100000, found \(text)")
                }
                return count
            }
            guard (1...1000).contains(repeats) else {
                throw ValidationError("--repeats: expected 1 to 1000, found \(repeats)")
            }
            var rows: [Row] = []
            for space in ProposalBenchmark.Space.allCases {
                let benchmark = try ProposalBenchmark(space, trials: counts.max() ?? 10)
                for name in names where try benchmark.suits(name) {
                    rows.append(try row(name, space, benchmark, counts))
                    Output.note("\(space.rawValue) \(name) is measured")
                }
            }
            try Output.write(format == .json ? Self.json(rows) : Self.table(rows, counts))
        }

        /// Milliseconds.
        private struct Row {
            var space: String
            var strategy: String
            /// By history.
            var proposals: [Int: Double] = [:]
            /// Of a plan that is made anew from stored trials, by history.
            var first: [Int: Double] = [:]
        }

        private func row(
            _ name: String, _ space: ProposalBenchmark.Space, _ benchmark: ProposalBenchmark, _ counts: [Int]
        ) throws -> Row {
            var row = Row(space: space.rawValue, strategy: name)
            for count in counts {
                let study = try benchmark.study(of: name, trials: count)
                let stored = Array(benchmark.trials.prefix(count))
                let first = try milliseconds { _ = try Self.firstDecisions(of: study, stored) }
                row.first[count] = first
                guard first < 1000 * longest else { break }
                row.proposals[count] = try median(of: study, stored)
            }
            return row
        }

        /// Of contexts that differ in their number alone.
        private func median(of study: Study, _ stored: [Trial]) throws -> Double {
            let strategy = try StrategyRegistry.strategy(named: study.search.strategy)
            var context = ProposalContext(
                seed: study.seed, number: 0, space: study.space, objectives: study.objectives,
                costs: Costs(of: study), proposed: Set(stored.map(\.configuration.canonicalText)),
                visible: stored.map { trial in
                    let losses = study.objectives.map { objective in
                        let value = trial.value(of: objective.metric) ?? 0
                        return objective.direction == .minimize ? value : -value
                    }
                    return VisibleTrial(
                        number: trial.number, assignment: trial.assignment, losses: losses, violation: 0)
                })
            let times = try (0..<repeats).map { step in
                context.number = stored.count + step
                return try milliseconds { _ = try strategy.propose(context) }
            }
            return times.sorted()[repeats / 2]
        }

        private static func firstDecisions(of study: Study, _ stored: [Trial]) throws -> Int {
            var plan = try StudyPlan(study: study, trials: stored)
            return try plan.nextDecisions().count
        }

        private func milliseconds(_ work: () throws -> Void) rethrows -> Double {
            let elapsed = try ContinuousClock().measure(work)
            return 1000 * (elapsed / .seconds(1))
        }

        private static func table(_ rows: [Row], _ counts: [Int]) -> String {
            var table = TextTable(
                headings: ["space", "strategy"] + counts.map { "\($0)" } + counts.map { "first \($0)" })
            table.numeric = Set(2..<(2 + 2 * counts.count))
            func cell(_ time: Double?) -> String { time.map { String(format: "%.2f", $0) } ?? "" }
            table.rows = rows.map { row in
                [row.space, row.strategy] + counts.map { cell(row.proposals[$0]) }
                    + counts.map { cell(row.first[$0]) }
            }
            return table.text
        }

        private static func json(_ rows: [Row]) -> String {
            func object(_ times: [Int: Double]) -> JSON {
                .object(Dictionary(uniqueKeysWithValues: times.map { ("\($0)", JSON.number($1)) }))
            }
            return JSON.array(
                rows.map { row in
                    [
                        "space": .string(row.space), "strategy": .string(row.strategy),
                        "milliseconds": object(row.proposals), "first_milliseconds": object(row.first),
                    ]
                }
            ).indentedText
        }
    }
}
