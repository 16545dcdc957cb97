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
    @OptionGroup var limits: LimitOptions
    @OptionGroup var inputs: InputOptions
    @Option(
        help: ArgumentHelp("End when there was nothing to do for so long, such as 30min.", valueName: "TIME"))
    var idle: String?
    @Option(help: ArgumentHelp("What it is called in the store; else the host's name.", valueName: "NAME"))
    var name: String?
    @Flag(help: .hidden) var supervised = false
    @OptionGroup var database: DatabaseOptions

    func validate() throws {
        guard (1...1024).contains(slots) else {
            throw ValidationError("--slots: expected a whole number from 1 to 1024, found \(slots)")
        }
        try Self.check(lease: lease)
        _ = try idleLimit
        if let name, !(1...200).contains(name.utf8.count) || name.replacingControls() != name {
            throw ValidationError("--name: expected 1 to 200 bytes of text in one line")
        }
    }

    private var idleLimit: Duration? {
        get throws {
            try QuantityOption.seconds("--idle", idle, example: "30min").map { .seconds($0) }
        }
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
        let (slots, study, lease, isSupervised, options) = (slots, study, lease, supervised, database)
        let (name, idle) = (name, try idleLimit)
        let (floor, limits) = (disk.floor, try limits.limits)
        let environment = ProcessInfo.processInfo.environment
        let (folders, cachesInputs) = (try inputs.folders(environment), inputs.cacheInputs)
        let patience = Patience(wallTimeLimit: try self.limits.wallTime)
        let drain = Drain()
        let numbers = WorkerMetrics(slots: slots, computeClass: Self.computeClass())
        let logger = log.logger
        let log = WorkerLog(logger)
        let observe: @Sendable (WorkerEvent) -> Void = { event in
            numbers.observe(event)
            if !isSupervised {
                log.note(event)
            } else if event.stopsWork {
                // Among the lines of a `run`.
                Output.note(WorkerLog.line(event))
            }
        }
        let metrics = metrics
        let signals = [SIGUSR1] + (drainOnTerm ? [SIGTERM] : [])
        let request: @Sendable () -> Void = { if drain.request() { observe(.draining) } }
        try await Interruption.cancelling(drain: (signals, request)) {
            let store = try await options.open(connections: slots + 1)
            let study = try await Self.study(study, in: store)
            let settings = WorkerSettings(
                slots: slots, name: name, study: study, idleLimit: idle, dataFolder: options.dataFolder,
                inputFolders: folders, cachesInputs: cachesInputs, program: PEFTSearch.version,
                computeClass: Self.computeClass(), leaseSeconds: lease, patience: patience, limits: limits,
                diskFloor: floor, seed: UInt64(getpid()), environment: environment)
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

extension WorkerEvent {
    /// Whether somebody has to do something before work goes on.
    fileprivate var stopsWork: Bool {
        switch self {
        case .refused, .noFolder: true
        default: false
        }
    }
}
