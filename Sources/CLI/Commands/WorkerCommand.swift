import ArgumentParser
import Experiments
import Foundation
import Logging
import PEFT
import Workers
import Storage

struct WorkerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker", abstract: "Claim and run trials, on any machine that reaches the database.",
        discussion: """
            SIGTERM gives back what it holds and ends it. SIGUSR1, and `workers drain`, let it finish what it \
            runs, claim nothing more and end with status 0.
            """)

    @Option(help: "Trials that run side by side, one thread each.") var slots = 1
    @Option(help: "Work for this study only.") var study: String?
    @Option(help: "Seconds after which a silent worker's trials are given to others.") var lease = 30.0
    @OptionGroup var disk: DiskOptions
    @OptionGroup var metrics: MetricsOptions
    @OptionGroup var log: LogOptions
    @Flag(help: "The first SIGTERM is taken for a SIGUSR1; the second gives back.") var drainOnTerm = false
    @Flag(help: .hidden) var supervised = false
    @OptionGroup var database: DatabaseOptions

    func validate() throws {
        guard (1...1024).contains(slots) else {
            throw ValidationError("--slots: expected a whole number from 1 to 1024, found \(slots)")
        }
        try Self.check(lease: lease)
    }

    /// Of commands that start workers on this machine.
    static func check(workers: Int?) throws {
        if let workers, !(1...1024).contains(workers) {
            throw ValidationError("--workers: expected a whole number from 1 to 1024, found \(workers)")
        }
    }

    static func check(lease: Double) throws {
        guard lease >= 1, lease <= 86_400 else {
            throw ValidationError("--lease: expected seconds from 1 to 86400, found \(lease)")
        }
    }

    func run() async throws {
        do {
            try await work()
        } catch let interruption as Interrupted where supervised {
            // Its supervisor speaks for both.
            throw ExitCode(128 + interruption.signal)
        }
    }

    private func work() async throws {
        let (slots, name, lease, isSupervised, options) = (slots, study, lease, supervised, database)
        let floor = disk.floor
        let drain = Drain()
        let numbers = WorkerMetrics(slots: slots, computeClass: Self.computeClass())
        let logger = log.logger
        let log = isSupervised ? nil : WorkerLog(logger)
        let observe: @Sendable (WorkerEvent) -> Void = { event in
            numbers.observe(event)
            log?.note(event)
        }
        let metrics = metrics
        let signals = [SIGUSR1] + (drainOnTerm ? [SIGTERM] : [])
        let request: @Sendable () -> Void = { if drain.request() { observe(.draining) } }
        try await Interruption.cancelling(drain: (signals, request)) {
            let store = try await options.open(connections: slots + 1)
            let study = try await Self.study(name, in: store)
            let settings = WorkerSettings(
                slots: slots, study: study, dataFolder: options.dataFolder, program: PEFTSearch.version,
                computeClass: Self.computeClass(), leaseSeconds: lease, diskFloor: floor,
                seed: UInt64(getpid()), environment: ProcessInfo.processInfo.environment)
            let queue = MeasuredQueue(queue: store.queue, metrics: numbers)
            let worker = Worker(queue: queue, settings: settings, drain: drain, observe: observe)
            try await metrics.serving({ numbers.families }) {
                logger.info("\($0)")
            } while: {
                if isSupervised {
                    try await Self.run(worker, untilInputEnds: .standardInput)
                } else {
                    try await worker.run()
                }
            }
        }
    }

    /// What of a slot's compute class every study has in common.
    static func computeClass() -> String {
        let flags = BLASKernel.cpuFlags()
        let kernel = BLASKernel.coreType(
            cpuFlags: flags, environment: ProcessInfo.processInfo.environment)
        return "native-\(NativeEngine.version)/\(NativeTrialEngine.instructionSet(cpuFlags: flags))"
            + (kernel.map { "/\($0)" } ?? "")
    }

    /// Asks the queue, because a worker's role may read no table.
    private static func study(_ name: String?, in store: OpenStore) async throws -> StudyID? {
        guard let name else { return nil }
        if let study = try await store.queue.findStudy(named: name) { return study }
        throw InputError(name, reason: "no such study", suggestion: "peftsearch study list")
    }

    /// A supervisor that is gone can start nothing again, but the next one
    /// starts a worker of its own: two would be one too many. So this one gives
    /// back what it holds and ends.
    private static func run(_ worker: Worker, untilInputEnds input: FileHandle) async throws {
        let work = Task { try await worker.run() }
        let reader = Thread {
            while !input.availableData.isEmpty {}
            work.cancel()
        }
        reader.start()
        try await withTaskCancellationHandler {
            try await work.value
        } onCancel: {
            work.cancel()
        }
    }
}
