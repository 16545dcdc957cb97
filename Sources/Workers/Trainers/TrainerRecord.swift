package import Experiments

/// What a worker knows of an attempt, and what follows from it when it ends.
///
/// A pure value: the attempt at it is somewhere else.
package struct TrainerRecord: Sendable {
    /// The last one counts.
    package private(set) var result: TrialResult?
    /// The first one counts.
    package private(set) var failure: TrialFailure?
    /// The first one counts: what comes after it is a consequence.
    package private(set) var stop: StopReason?

    package init() {}

    package mutating func note(_ message: TrainerMessage) {
        switch message {
        case .result(let result): self.result = result
        case .failure(let failure): if self.failure == nil { self.failure = failure }
        case .report, .exclusive: break
        }
    }

    /// Whether a message of this kind came before.
    package func isSettled(by message: TrainerMessage) -> Bool {
        if case .failure = message { failure != nil } else { result != nil }
    }

    package mutating func note(_ reason: StopReason) {
        if stop == nil { stop = reason }
    }

    /// The outcome of an attempt that ended so, with the last lines of its
    /// log. A native slot ends an attempt without an exit: it lives on.
    package func outcome(
        exit: ChildExit?, logTail: String, request: EngineRequest, limits: TrialLimits = TrialLimits()
    ) -> TrainerOutcome {
        if stop == .leaseLost { return .abandoned }
        if let failure { return .failed(failure.with(logTail: logTail)) }
        if let result, exit == nil || exit == .exited(0) { return checked(result, against: request) }
        switch stop {
        case .shutdown: return .stopped
        case .timedOut(let seconds):
            return .failed(
                TrialFailure(.timedOut, "ran longer than \(seconds) seconds, the limit of --trial-time")
                    .with(logTail: logTail))
        case .leaseLost, .failed, nil:
            let headline = Self.headline(exit)
            let failure = limits.failure(exit: exit, headline: headline, logTail: logTail)
            return .failed((failure ?? TrialFailure(.crashed, headline)).with(logTail: logTail))
        }
    }

    /// A command that was asked for an objective and has not measured it will
    /// not do so the next time.
    private func checked(_ result: TrialResult, against request: EngineRequest) -> TrainerOutcome {
        guard case .command = request.study.engine, request.purpose == .train else {
            return .finished(result)
        }
        let names = result.measurements.map(\.name)
        guard let missing = request.study.objectives.map(\.metric).first(where: { !names.contains($0) })
        else { return .finished(result) }
        let found = names.isEmpty ? "nothing" : names.joined(separator: ", ")
        return .failed(TrialFailure(.invalid, "the result lacks the objective '\(missing)'; it has \(found)"))
    }

    private static func headline(_ exit: ChildExit?) -> String {
        switch exit {
        case .exited(0), nil: "ended without a result"
        case .exited(126): "could not be run (exit status 126)"
        case .exited(127): "was not found (exit status 127)"
        case .exited(let status): "ended with exit status \(status)"
        case .killed(9): "was killed by signal 9, and not by its worker: the machine may be out of memory"
        case .killed(let signal): "was killed by signal \(signal)"
        case .notStarted(let reason): "could not be started: \(reason)"
        }
    }
}

extension TrialFailure {
    /// The detail with the log's end under it, at most 16 kB.
    fileprivate func with(logTail: String) -> TrialFailure {
        let headline = String(decoding: detail.utf8.prefix(8 << 10), as: UTF8.self)
        guard !logTail.isEmpty else { return TrialFailure(reason, TrainerLog.printable(headline)) }
        let room = TrainerLog.tailBytes - headline.utf8.count - 7
        // A character cut in two becomes up to six bytes longer.
        let tail = TrainerLog.printable(String(decoding: logTail.utf8.suffix(room), as: UTF8.self))
        return TrialFailure(reason, TrainerLog.printable(headline) + "\n" + tail)
    }
}
