import ArgumentParser
import Experiments
import Foundation
import Storage
import Workers

struct StudyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "study", abstract: "Create, list, show, pause, stop, explain, prune and delete studies.",
        subcommands: [
            Create.self, List.self, Show.self, Pause.self, Resume.self, Stop.self, Inputs.self,
            Importance.self, Prune.self, Delete.self,
        ])

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Store a study for controllers and workers to run.")
        @Argument(help: "The study file.") var file: String
        @OptionGroup var database: DatabaseOptions

        func run() async throws {
            let study = try StudyResolver.resolve(StudyFile(path: file))
            Output.notes(on: study)
            let store = try await database.open()
            let stored = try await store.create(study)
            Output.note("study \(stored.study.name) is stored, \(stored.study.search.trials) trials")
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the studies.")
        @Option(help: "How to print them.") var format = OutputFormat.table
        @OptionGroup var database: DatabaseOptions

        func run() async throws {
            let store = try await database.open()
            let states: [TrialState] = [.done, .paused, .stopped, .failed]
            var table = TextTable(headings: ["study", "state"] + states.map(\.rawValue) + ["trials"])
            table.numeric = [2, 3, 4, 5, 6]
            var json: [JSON] = []
            for stored in try await store.studies.studies() {
                let progress = try await store.studies.progress(of: stored.id)
                let counts = states.map { progress.trials[$0] ?? 0 }
                let trials = stored.study.search.trials
                table.rows.append(
                    [stored.study.name, stored.stateInWords] + (counts + [trials]).map { "\($0)" })
                var members: [String: JSON] = [
                    "study": .string(stored.study.name), "state": .string(stored.state.rawValue),
                    "trials": .integer(trials), "hash": .string(stored.hash),
                    "cut": stored.cut?.json ?? .null, "is_paused": .bool(stored.isPaused),
                    "cancelled": .integer(progress.trials[.cancelled] ?? 0),
                ]
                for (state, count) in zip(states, counts) { members[state.rawValue] = .integer(count) }
                json.append(.object(members))
            }
            switch format {
            case .table: try Output.write(table.text)
            case .csv: try Output.write(table.csv)
            case .json: try Output.write(JSON.array(json).indentedText)
            }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show a resolved study as JSON.")
        @Argument(help: "The study's name.") var study: String
        @OptionGroup var database: DatabaseOptions

        func run() async throws {
            let store = try await database.open()
            let stored = try await store.study(study)
            guard case .object(var members) = stored.study.json else { return }
            members["hash"] = .string(stored.hash)
            members["state"] = .string(stored.state.rawValue)
            members["test_seen"] = .bool(stored.isTestSeen)
            members["cut"] = stored.cut?.json ?? .null
            members["is_paused"] = .bool(stored.isPaused)
            try Output.write(JSON.object(members).indentedText)
        }
    }

    struct Delete: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Delete a study with all its trials.")
        @Argument(help: "The study's name.") var study: String
        @Flag(help: "Do not ask.") var yes = false
        @OptionGroup var database: DatabaseOptions

        func run() async throws {
            let store = try await database.open()
            let stored = try await store.study(study)
            guard yes || Self.confirms("delete study \(study) with all its trials? [y/N] ") else {
                throw AnswerIsNo(text: "nothing was deleted; --yes deletes without asking")
            }
            try await store.studies.delete(stored.id)
            WorkFolder.remove(study: stored.id, stored.study, under: database.dataFolder)
            Output.note("study \(study) is deleted")
        }

        private static func confirms(_ question: String) -> Bool {
            guard isatty(FileHandle.standardInput.fileDescriptor) == 1 else { return false }
            Output.show(question)
            return readLine().map { ["y", "yes"].contains($0.lowercased()) } ?? false
        }
    }
}
