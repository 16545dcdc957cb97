import Experiments
import Synchronization

/// One attempt as the worker and its trainer see it: the trainer's lines come
/// in, and what must be acted on comes out as events in their order.
package final class TrainerSession: Sendable {
    package enum Event: Sendable, Hashable {
        /// A result or a failure was said, for the first time.
        case settled
        case exclusive(Bool)
        case stop(StopReason)
        case exited(ChildExit)
    }

    package let request: EngineRequest
    package let events: AsyncStream<Event>
    private let sink: AsyncStream<Event>.Continuation
    private let reports: ReportBuffer
    private let log: TrainerLog
    /// What the attempt runs under.
    private let limits: TrialLimits
    private let record = Mutex(TrainerRecord())

    package init(
        request: EngineRequest, reports: ReportBuffer, log: TrainerLog, limits: TrialLimits = TrialLimits()
    ) {
        self.limits = limits
        self.request = request
        self.reports = reports
        self.log = log
        (events, sink) = AsyncStream.makeStream()
    }

    /// A line of the trainer's standard output.
    package func receive(output line: LineSplitter.Line) {
        guard let message = TrainerMessage(line: line, engine: request.study.engine) else {
            return log.append(line)
        }
        switch message {
        case .report(let report): reports.append(report)
        case .exclusive(let wanted): sink.yield(.exclusive(wanted))
        case .result, .failure: settle(message)
        }
    }

    /// A line of its standard error.
    package func receive(error line: LineSplitter.Line) {
        log.append(line)
    }

    /// Asks that the trainer be ended.
    package func stop(_ reason: StopReason) {
        record.withLock { $0.note(reason) }
        sink.yield(.stop(reason))
    }

    /// The trainer's process ended, and all its output was received.
    package func end(_ exit: ChildExit) {
        sink.yield(.exited(exit))
    }

    /// Nil for `exit` when the process lives on.
    package func outcome(exit: ChildExit?) -> TrainerOutcome {
        record.withLock { $0 }.outcome(
            exit: exit, logTail: log.tail, request: request, limits: limits)
    }

    /// Whether a trainer said that it failed, rather than gave a result.
    package var hasFailed: Bool { record.withLock { $0.failure != nil } }

    private func settle(_ message: TrainerMessage) {
        let isFirst = record.withLock { record in
            let wasSettled = record.isSettled(by: message)
            record.note(message)
            return !wasSettled
        }
        // A flood of results must not become a flood of events.
        if isFirst { sink.yield(.settled) }
    }
}
