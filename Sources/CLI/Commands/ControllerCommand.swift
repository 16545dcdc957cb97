import ArgumentParser
import Experiments
import Logging
import Search
import Storage
import Workers

struct ControllerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "controller", abstract: "Propose trials for all studies that are not complete.")

    @Option(help: "This study only; ends when it is complete.") var study: String?
    @OptionGroup var disk: DiskOptions
    @OptionGroup var metrics: MetricsOptions
    @OptionGroup var log: LogOptions
    @OptionGroup var database: DatabaseOptions

    func run() async throws {
        let (name, disk, options, metrics, log) = (study, disk, database, metrics, log.logger)
        try await Interruption.cancelling {
            let store = try await options.open()
            // Where the database is somewhere else nothing is written here.
            let room = store.embedded == nil ? nil : disk.watch(options.dataFolder) { log.warning("\($0)") }
            let hasRoom: @Sendable () -> Bool = { room?.hasRoom() ?? true }
            let numbers = StudyMetrics(studies: store.studies, study: name)
            try await metrics.serving({ await numbers.families() }) {
                log.info("\($0)")
            } while: {
                if let name {
                    _ = try await store.study(name)
                    try await Self.controller(of: name, in: store, log, hasRoom: hasRoom).run(name)
                } else {
                    try await Self.runAll(store, log, hasRoom: hasRoom)
                }
            }
        }
    }

    private static func controller(
        of name: String, in store: OpenStore, _ log: Logger, hasRoom: @escaping @Sendable () -> Bool
    ) -> StudyController {
        StudyController(store: store.studies, timing: .resumable, hasRoom: hasRoom) { isPaused in
            Self.note(isPaused ? "paused" : "goes on", of: name, in: log)
        }
    }

    private static func note(
        _ text: String, of study: String, in log: Logger, level: Logger.Level = .info
    ) {
        log.log(level: level, "study \(study): \(text)", metadata: ["study": .string(study)])
    }

    private static func runAll(
        _ store: OpenStore, _ log: Logger, hasRoom: @escaping @Sendable () -> Bool
    ) async throws {
        log.info("controlling every study in \(store.client.address)")
        try await withThrowingTaskGroup(of: String.self) { group in
            var active: Set<String> = []
            group.addTask { "" }
            for try await ended in group {
                active.remove(ended)
                if !ended.isEmpty { continue }
                for stored in (try? await store.studies.studies()) ?? [] where stored.state != .complete {
                    let name = stored.study.name
                    guard active.insert(name).inserted else { continue }
                    group.addTask {
                        try await control(
                            name, log, by: controller(of: name, in: store, log, hasRoom: hasRoom))
                    }
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
    private static func control(
        _ name: String, _ log: Logger, by controller: StudyController
    ) async throws -> String {
        do {
            note("controlling", of: name, in: log)
            try await controller.run(name)
            note("complete", of: name, in: log)
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            note(ExitStatus(of: error).text ?? "\(error)", of: name, in: log, level: .error)
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
