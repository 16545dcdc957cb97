import ArgumentParser
import Experiments
import Foundation
import Storage
import Workers

struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Say what is missing on this machine and how to get it.")

    @OptionGroup var database: DatabaseOptions

    func run() async throws {
        var checks = [processor(), memory(), folder()]
        checks += await store()
        for check in checks { try Output.write(check.text) }
        if checks.contains(where: { !$0.isGood }) { throw AnswerIsNo(text: nil) }
    }

    struct Check {
        let isGood: Bool
        let subject: String
        let finding: String
        var remedy: String?

        var text: String {
            "\(isGood ? "ok     " : "missing") \(subject): \(finding)"
                + (remedy.map { "\n          try: \($0)" } ?? "")
        }
    }

    private func processor() -> Check {
        let flags = BLASKernel.cpuFlags()
        let environment = ProcessInfo.processInfo.environment
        let kernel = BLASKernel.coreType(cpuFlags: flags, environment: environment) ?? "chosen by OpenBLAS"
        let count = ProcessInfo.processInfo.activeProcessorCount
        return Check(
            isGood: true, subject: "processor",
            finding:
                "\(count) cores, \(NativeTrialEngine.instructionSet(cpuFlags: flags)), kernels \(kernel);"
                + " one slot a core is best: worker --slots \(count)")
    }

    private func memory() -> Check {
        let gibibytes = Double(ProcessInfo.processInfo.physicalMemory) / Double(1 << 30)
        return Check(
            isGood: gibibytes >= 2, subject: "memory", finding: String(format: "%.1f GiB", gibibytes),
            remedy: gibibytes >= 2 ? nil : "a machine with at least 2 GiB")
    }

    private func folder() -> Check {
        let folder = database.dataFolder
        let parent =
            FileManager.default.fileExists(atPath: folder)
            ? folder : (folder as NSString).deletingLastPathComponent
        let free = FreeDisk.bytes(at: parent) ?? 0
        let isGood = FileManager.default.isWritableFile(atPath: parent) && free > 2e9
        return Check(
            isGood: isGood, subject: "data folder",
            finding: "\(folder), \(String(format: "%.1f", free / 1e9)) GB free"
                + (FileManager.default.isWritableFile(atPath: parent) ? "" : ", not writable"),
            remedy: isGood ? nil : "--data-dir on a disk with 2 GB that this user may write to")
    }

    /// Looks and changes nothing: no cluster is made, no schema, no server started.
    private func store() async -> [Check] {
        do {
            if let given = try database.givenAddress() {
                return try await schema(at: given, isPrivate: false)
            }
            let embedded = EmbeddedPostgres(dataFolder: database.dataFolder)
            if let running = try await embedded.status() {
                return try await schema(at: running, isPrivate: true)
            }
            return [
                Check(
                    isGood: true, subject: "private PostgreSQL",
                    finding:
                        "does not run; commands that need it start it from \(try await embedded.programs())")
            ]
        } catch let error as InputError {
            return [
                Check(isGood: false, subject: "database", finding: error.reason, remedy: error.suggestion)
            ]
        } catch {
            let text = ExitStatus(of: error).text ?? "\(error)"
            return [Check(isGood: false, subject: "database", finding: text)]
        }
    }

    private func schema(at address: DatabaseAddress, isPrivate: Bool) async throws -> [Check] {
        let client = PostgresClient(address, connections: 1, limits: RetryLimits(total: .zero))
        let status = try await Migrator(client, files: try DatabaseOptions.migrationFiles()).status()
        // Whoever opens such a store brings it up to date.
        let isGood = isPrivate || status.isCurrent || status.applied == 0
        let state =
            status.isCurrent
            ? "up to date"
            : status.applied == 0
                ? "empty; the first command that needs it prepares it"
                : "at version \(status.applied) of \(status.known)"
        let schema = Check(
            isGood: isGood, subject: isPrivate ? "private PostgreSQL" : "PostgreSQL",
            finding: "\(address), \(state)", remedy: isGood ? nil : database.command("database migrate"))
        guard status.isCurrent else { return [schema] }
        return try await [schema] + FleetChecks(client, database).all()
    }
}
