import Dispatch
import Experiments
import Foundation
import Synchronization

/// The program was asked to stop by a signal and did.
struct Interrupted: Error, CustomStringConvertible {
    let signal: Int32
    /// What that means for the work.
    let consequence: String

    var description: String { "interrupted; \(consequence)" }
}

/// Work that SIGINT, SIGTERM and SIGHUP cancel; a second one ends the program
/// at once, which loses nothing: what it started ends with it.
enum Interruption {
    /// Runs `body` in a task that a signal cancels.
    /// - Parameters:
    ///   - isKept: whether the work that was done is kept.
    ///   - drain: by which signals the work is asked to come to its end by itself,
    ///     and how; one of them that also cancels does so when it comes again.
    /// - Throws: `Interrupted` when a signal came, else what `body` throws.
    static func cancelling<Result: Sendable>(
        isKept: Bool = true, drain: (signals: [Int32], request: @Sendable () -> Void)? = nil,
        _ body: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        let consequence =
            isKept ? "everything is saved, the same command goes on" : "the same command begins again"
        let task = Task { try await body() }
        let received = Mutex<Int32?>(nil)
        let drained = Mutex<Set<Int32>>([])
        let numbers = Set([SIGINT, SIGTERM, SIGHUP] + (drain?.signals ?? []))
        let sources = numbers.map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                if let drain, drain.signals.contains(number),
                    drained.withLock({ $0.insert(number).inserted }) || number == SIGUSR1
                {
                    return drain.request()
                }
                let isFirst = received.withLock { received in
                    defer { received = received ?? number }
                    return received == nil
                }
                guard isFirst else { _exit(128 + number) }
                task.cancel()
            }
            source.resume()
            return source
        }
        defer { for source in sources { source.cancel() } }
        do {
            let result = try await task.value
            if let signal = received.withLock({ $0 }) {
                throw Interrupted(signal: signal, consequence: consequence)
            }
            return result
        } catch {
            if let signal = received.withLock({ $0 }) {
                throw Interrupted(signal: signal, consequence: consequence)
            }
            throw error
        }
    }
}
