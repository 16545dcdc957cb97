import ArgumentParser
import Experiments
import Foundation
import Workers
import Storage

struct WorkerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker", abstract: "Claim and run trials, on any machine that reaches the database.",
        discussion: "SIGTERM gives back what it holds and ends it.")

    @Option(help: "Trials that run side by side, one thread each.") var slots = 1
    @Option(help: "Work for this study only.") var study: String?
    @Option(help: "Seconds after which a silent worker's trials are given to others.") var lease = 30.0
    @OptionGroup var disk: DiskOptions
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
        try await Interruption.cancelling {
            let store = try await options.open(connections: slots + 1)
            let study = try await Self.study(name, in: store)
            let settings = WorkerSettings(
                slots: slots, study: study, dataFolder: options.dataFolder, program: PEFTSearch.version,
                leaseSeconds: lease, diskFloor: floor,
                seed: UInt64(getpid()), environment: ProcessInfo.processInfo.environment)
            let worker = Worker(queue: store.queue, settings: settings) { event in
                if !isSupervised || event.stopsWork, let line = WorkerLog.line(event) { Output.note(line) }
            }
            if isSupervised {
                try await Self.run(worker, untilInputEnds: .standardInput)
            } else {
                try await worker.run()
            }
        }
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
        if case .noFolder = self { true } else { false }
    }
}

/// A worker's events as lines for a log.
enum WorkerLog {
    static func line(_ event: WorkerEvent) -> String? {
        switch event {
        case .registered(let worker): "worker \(worker.prefix(8)) is ready"
        case .claimed(let token, let slot): "slot \(slot): \(name(token)) attempt \(token.attempt)"
        case .finished(let token, _): "\(name(token)) done"
        case .failed(let token, let failure):
            "\(name(token)) failed (\(failure.reason.rawValue)): \(failure.detail)"
        case .gaveBack(let token): "\(name(token)) given back"
        case .refused(let token, let reason): "study \(token.study) is not for this worker: \(reason)"
        case .noFolder(let token, let reason): "\(name(token)) given back: \(reason)"
        case .abandoned(let token): "\(name(token)) abandoned: its lease was lost"
        case .disk(let change): DiskOptions.text(of: change)
        case .storeFailed(let reason): "the database does not answer (\(reason)); trying again"
        }
    }

    private static func name(_ token: WorkToken) -> String {
        "study \(token.study) trial \(token.trial)"
            + (token.purpose == .test ? " test" : "")
            + (token.purpose == .replicate ? " replicate \(token.rung)" : "")
    }
}
