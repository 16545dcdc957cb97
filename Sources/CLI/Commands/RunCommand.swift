import ArgumentParser
import Experiments
import Foundation
import Search
import Storage
import Workers

struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Search: create or resume a study, show progress, print the front.",
        discussion: """
            Starts a controller and local workers, and without --database a private PostgreSQL. \
            Killed at any moment, the same command goes on where it was.
            """)

    @Argument(help: "The study file.") var file: String
    @Option(help: "Slots that train side by side; wins over the study file.") var workers: Int?
    @Option(help: "Seconds after which a silent worker's trials are given to others.") var lease = 30.0
    @OptionGroup var disk: DiskOptions
    @OptionGroup var metrics: MetricsOptions
    @OptionGroup var limits: LimitOptions
    @OptionGroup var inputs: InputOptions
    @OptionGroup var database: DatabaseOptions

    func validate() throws {
        try WorkerCommand.check(lease: lease)
        try WorkerCommand.check(workers: workers)
    }

    func run() async throws {
        let (path, slots, lease, options, metrics) = (file, workers, lease, database, metrics)
        let (disk, limits, inputs) = (disk, limits, inputs)
        _ = try inputs.folders(ProcessInfo.processInfo.environment)
        try await Interruption.cancelling {
            let file = try StudyFile(path: path)
            Output.note("reading \(path) and what it names")
            let study = try StudyResolver.resolve(file)
            Output.notes(on: study)
            try Task.checkCancellation()
            let run = StudyRun(
                study: study, slots: slots ?? file.workers, lease: lease, disk: disk, metrics: metrics,
                limits: limits, inputs: inputs, options: options)
            try await run.run()
        }
    }
}

/// A study from its creation to its front.
struct StudyRun: Sendable {
    let study: Study
    let slots: Int
    let lease: Double
    let disk: DiskOptions
    let metrics: MetricsOptions
    let limits: LimitOptions
    let inputs: InputOptions
    let options: DatabaseOptions

    func run() async throws {
        // A private PostgreSQL that died must be seen soon, because only we start it again.
        let patience: Duration = try options.givenAddress() == nil ? .seconds(1) : .seconds(10)
        let store = try await options.open(connections: 4, retrying: RetryLimits(total: patience))
        let stored = try await store.create(study)
        if stored.state != .complete {
            let numbers = StudyMetrics(studies: store.studies, study: study.name)
            try await metrics.serving({ await numbers.families() }) { try await search(stored, in: store) }
        }
        let front = try await FrontSummary(store, try await store.study(study.name), options: options)
        try Output.write(front.text)
        Output.note(front.nextSteps(isPrivate: store.embedded != nil))
        await store.client.close()
    }

    private func search(_ stored: StoredStudy, in store: OpenStore) async throws {
        let terminal = Terminal(environment: ProcessInfo.processInfo.environment)
        let watch = ProgressWatch(store, stored, terminal: terminal)
        let room = disk.watch(options.dataFolder)
        // Whoever stored the study may have its files elsewhere; they are below this file, too.
        var inputs = inputs
        if let directory = study.directory { inputs.inputs.append(directory) }
        let worker = WorkerProcess(
            slots: slots, lease: lease, disk: disk, limits: limits, inputs: inputs, study: study.name,
            options: options
        ) {
            Output.note($0)
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await worker.run() }
            group.addTask { await watch.run() }
            group.addTask {
                try await StudyController(
                    store: store.studies, timing: .resumable, hasRoom: { room.hasRoom() }
                ).run(stored.study.name)
            }
            // The controller alone ends by itself, or fails.
            defer { group.cancelAll() }
            for try await _ in group { return }
        }
        try Task.checkCancellation()
    }
}
