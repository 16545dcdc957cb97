import ArgumentParser
import Experiments
import Storage

/// The workers of a store, wherever they run.
struct WorkersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "workers", abstract: "Start workers on a cluster; list and drain those of a store.",
        subcommands: [Submit.self, List.self, DrainThem.self])

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the workers that have not ended, and what they run.")
        @Option(help: "How to print them.") var format = OutputFormat.table
        @OptionGroup var database: DatabaseOptions

        func run() async throws {
            let workers = try await database.open().studies.workers()
            switch format {
            case .table: try Output.write(WorkerTable(workers).text)
            case .csv: try Output.write(WorkerTable(workers).csv)
            case .json: try Output.write(JSON.array(workers.map(\.json)).indentedText)
            }
        }
    }

    struct DrainThem: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "drain", abstract: "Let workers finish what they run, claim nothing more and end.")
        @Argument(help: "A worker as `workers list` names it.") var worker: String?
        @Flag(help: "All that have not ended.") var all = false
        @OptionGroup var database: DatabaseOptions

        func validate() throws {
            guard (worker == nil) == all else {
                throw ValidationError("expected one worker, or --all")
            }
        }

        func run() async throws {
            let store = try await database.open().studies
            let workers = try await store.workers()
            let name = try worker.map { try Self.worker($0, in: workers) }
            let count = try await store.drain(name)
            Output.note(
                count == 1
                    ? "1 worker finishes what it runs and claims nothing more"
                    : "\(count) workers finish what they run and claim nothing more")
        }

        /// By the beginning of its identifier.
        static func worker(_ name: String, in workers: [KnownWorker]) throws(InputError) -> WorkerID {
            let found = workers.filter { $0.id.hasPrefix(name.lowercased()) }
            if found.count == 1 { return found[0].id }
            throw InputError(
                name,
                reason: found.isEmpty
                    ? "no such worker" : "\(found.count) workers have a name that begins so",
                suggestion: found.isEmpty
                    ? InputError.nearest(to: name, in: workers.map { String($0.id.prefix(8)) })
                        ?? "peftsearch workers list"
                    : "more of it: \(found[0].id)")
        }
    }
}
