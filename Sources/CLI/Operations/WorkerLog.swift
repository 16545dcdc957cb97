import Experiments
import Logging
import Synchronization
import Workers

/// A worker's events as entries of a log.
final class WorkerLog: Sendable {
    private let logger: Logger
    /// Of this worker in the store, once it has one.
    private let worker = Mutex<WorkerID?>(nil)

    init(_ logger: Logger) { self.logger = logger }

    func note(_ event: WorkerEvent) {
        if case .registered(let identifier) = event { worker.withLock { $0 = identifier } }
        var metadata = Self.metadata(of: event)
        if let worker = worker.withLock({ $0 }) { metadata["worker"] = .string(worker) }
        logger.log(level: Self.level(of: event), "\(Self.line(event))", metadata: metadata)
    }

    private static func level(of event: WorkerEvent) -> Logger.Level {
        switch event {
        case .registered, .claimed, .finished, .gaveBack: .info
        case .draining, .idle, .disk(.hasRoom): .notice
        case .failed, .refused, .noFolder, .abandoned, .disk(.isShort), .storeFailed: .warning
        }
    }

    private static func metadata(of event: WorkerEvent) -> Logger.Metadata {
        switch event {
        case .claimed(let token, let slot):
            var metadata = metadata(of: token)
            metadata["slot"] = .stringConvertible(slot)
            return metadata
        case .finished(let token, _), .gaveBack(let token), .abandoned(let token),
            .refused(let token, _), .noFolder(let token, _):
            return metadata(of: token)
        case .failed(let token, let failure):
            var metadata = metadata(of: token)
            metadata["reason"] = .string(failure.reason.rawValue)
            return metadata
        case .registered, .draining, .idle, .disk, .storeFailed: return [:]
        }
    }

    private static func metadata(of token: WorkToken) -> Logger.Metadata {
        [
            "study": .stringConvertible(token.study), "trial": .stringConvertible(token.trial),
            "rung": .stringConvertible(token.rung), "attempt": .stringConvertible(token.attempt),
            "purpose": .string(token.purpose.rawValue),
        ]
    }

    /// An event in one line.
    static func line(_ event: WorkerEvent) -> String {
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
        case .idle(let limit): "nothing to do for \(Quantity.text(seconds: limit / .seconds(1))); ending"
        case .draining: "draining: what runs is finished, nothing more is claimed"
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
