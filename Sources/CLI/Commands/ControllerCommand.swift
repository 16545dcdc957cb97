import ArgumentParser
import Experiments
import Search
import Storage
import Workers

struct ControllerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "controller", abstract: "Propose trials for all studies that are not complete.")

    @Option(help: "This study only; ends when it is complete.") var study: String?
    @OptionGroup var disk: DiskOptions
    @OptionGroup var database: DatabaseOptions

    func run() async throws {
        let (name, disk, options) = (study, disk, database)
        try await Interruption.cancelling {
            let store = try await options.open()
            // Where the database is somewhere else nothing is written here.
            let room = store.embedded == nil ? nil : disk.watch(options.dataFolder)
            let controller = StudyController(
                store: store.studies, timing: .resumable, hasRoom: { room?.hasRoom() ?? true })
            if let name {
                _ = try await store.study(name)
                try await controller.run(name)
            } else {
                try await Self.runAll(store, by: controller)
            }
        }
    }

    private static func runAll(_ store: OpenStore, by controller: StudyController) async throws {
        Output.note("controlling every study in \(store.client.address)")
        try await withThrowingTaskGroup(of: String.self) { group in
            var active: Set<String> = []
            group.addTask { "" }
            for try await ended in group {
                active.remove(ended)
                if !ended.isEmpty { continue }
                for stored in (try? await store.studies.studies()) ?? [] where stored.state != .complete {
                    let name = stored.study.name
                    guard active.insert(name).inserted else { continue }
                    group.addTask { try await control(name, by: controller) }
                }
                // The empty name is the clock of this loop.
                group.addTask {
                    try await Task.sleep(for: .seconds(1))
                    return ""
                }
            }
        }
    }

    /// One study that cannot be controlled does not end the others.
    private static func control(_ name: String, by controller: StudyController) async throws -> String {
        do {
            Output.note("study \(name): controlling")
            try await controller.run(name)
            Output.note("study \(name): complete")
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            Output.note("study \(name): \(ExitStatus(of: error).text ?? "\(error)")")
            try await Task.sleep(for: .seconds(30))
        }
        return name
    }
}

extension StudyController.Timing {
    /// A short lease, so that the next controller decides within two seconds of
    /// the death of one; one that is slow loses the lease and nothing else. What
    /// a dead worker held is free half a second after its lease at the latest.
    static let resumable = StudyController.Timing(leaseSeconds: 1.5, expiry: .milliseconds(500))
}
