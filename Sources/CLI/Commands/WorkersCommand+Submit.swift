import ArgumentParser
import Experiments
import Foundation
import Subprocess
import Workers

extension WorkersCommand {
    struct Submit: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Submit an array of long-lived workers to a cluster.",
            discussion: """
                Each worker gives back what it holds before its time is up, and queues again. What \
                stands after -- is given to the workers: -- --study sst2 --idle 30min.
                """)

        @Flag(help: "By sbatch; the only way so far.") var slurm = false
        @Option(help: "How many workers.") var count = 1
        @Option(help: "Trials that run side by side in each, one CPU each.") var slots = 1
        @Option(help: ArgumentHelp("Slurm's partition.", valueName: "NAME")) var partition: String?
        @Option(help: ArgumentHelp("How long each may run at a time, such as 4h.", valueName: "TIME"))
        var time: String?
        @Option(help: ArgumentHelp("The memory of each, such as 16GiB.", valueName: "SIZE"))
        var memory: String?
        @Option(
            help: ArgumentHelp(
                "Another option of sbatch, such as account=vision; may be repeated.", valueName: "OPTION"))
        var sbatch: [String] = []
        @Option(
            help: ArgumentHelp(
                "A file of lines NAME=VALUE that nobody else may read, such as DATABASE_URL with its password.",
                valueName: "FILE"))
        var environmentFile: String?
        @Option(help: ArgumentHelp("Where the logs go.", valueName: "DIR")) var logs = "."
        @Flag(help: "Print the script, and submit nothing.") var dryRun = false
        @OptionGroup var database: DatabaseOptions
        @Argument(parsing: .postTerminator, help: "Options of the workers, after --.")
        var workerOptions: [String] = []

        func validate() throws {
            guard slurm else { throw ValidationError("--slurm: say by what to submit") }
            guard (1...10_000).contains(count) else {
                throw ValidationError("--count: expected a whole number from 1 to 10000, found \(count)")
            }
            guard (1...1024).contains(slots) else {
                throw ValidationError("--slots: expected a whole number from 1 to 1024, found \(slots)")
            }
            if let partition, partition.wholeMatch(of: #/[A-Za-z0-9_.,-]+/#) == nil {
                throw ValidationError("--partition: expected a partition's name, found '\(partition)'")
            }
            for option in sbatch where option.wholeMatch(of: #/[a-z][a-z-]*(?:=[^\s"'\\]+)?/#) == nil {
                throw ValidationError("--sbatch: expected name or name=value, found '\(option)'")
            }
            _ = try (wallTime, bytes)
            try checkWorkerOptions()
        }

        func run() async throws {
            let job = try job()
            guard !dryRun else { return try Output.write(String(job.script.dropLast())) }
            let number = try await Self.submit(job.script)
            Output.note("submitted \(count) workers as job \(number); scancel \(number) ends them")
            try Output.write(number)
        }

        private func job() throws -> SlurmJob {
            let environment = try JobEnvironment(
                database: database.database, file: environmentFile, ProcessInfo.processInfo.environment)
            let logs = URL(fileURLWithPath: logs).standardizedFileURL.path
            var isFolder: ObjCBool = false
            // Slurm ends a job without a word where it cannot write its log.
            guard FileManager.default.fileExists(atPath: logs, isDirectory: &isFolder), isFolder.boolValue,
                logs.wholeMatch(of: #/[^"\\%\p{Cc}]+/#) != nil
            else { throw InputError("--logs", reason: "there is no folder \(logs) that Slurm can write to") }
            return SlurmJob(
                count: count, slots: slots, partition: partition, wallTime: try wallTime,
                memory: try bytes, options: sbatch, logs: logs, environment: environment.variables,
                environmentFile: environment.file,
                program: URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().path,
                arguments: ["--data-dir", database.dataFolder] + workerOptions)
        }

        private var wallTime: Int? {
            // Shorter, and it would be told to end before it has begun.
            get throws { try QuantityOption.seconds("--time", time, from: 180, example: "4h") }
        }

        private var bytes: Int? {
            get throws { try QuantityOption.bytes("--memory", memory, from: 1 << 20, example: "16GiB") }
        }

        /// What a worker would refuse is refused before it waits in a queue.
        private func checkWorkerOptions() throws {
            let worker: WorkerCommand
            do {
                worker = try WorkerCommand.parse(workerOptions)
            } catch {
                throw ValidationError("options of the workers: \(WorkerCommand.message(for: error))")
            }
            guard worker.database.database == nil, worker.name == nil,
                !workerOptions.contains(where: { $0.hasPrefix("--slots") })
            else {
                throw ValidationError(
                    "options of the workers: --database and --slots stand before --, and --name is the job's")
            }
        }

        /// - Returns: the job's number.
        private static func submit(_ script: String) async throws -> String {
            // As a file: Subprocess traps when a child ends before it has read what it is given.
            let file = FileManager.default.temporaryDirectory.appending(
                component: "peftsearch-\(UUID().uuidString).sh")
            defer { try? FileManager.default.removeItem(at: file) }
            do {
                try Data(script.utf8).write(to: file, options: .withoutOverwriting)
            } catch {
                throw InputError(file.path, reason: "cannot be written: \(error.localizedDescription)")
            }
            let result = try await Subprocess.run(
                .name("env"), arguments: ["sbatch", "--parsable", file.path], input: .none,
                output: .string(limit: 1 << 16), error: .string(limit: 1 << 16))
            let said = result.standardError.trimmingCharacters(in: .whitespacesAndNewlines)
            switch result.terminationStatus {
            case .exited(0):
                // With a cluster's name behind it where there are several.
                return String(result.standardOutput.prefix { $0.isNumber })
            case .exited(127):
                throw InputError(
                    "sbatch", reason: "is not on this machine",
                    suggestion: "a login node of the cluster, or --dry-run > job.sh and sbatch job.sh there")
            default: throw InputError("sbatch", reason: said.isEmpty ? "failed" : said)
            }
        }
    }
}
