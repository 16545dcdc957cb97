import Experiments
import Testing
import Workers

@Suite struct TrainerRecordTests {
    private static let result = TrialResult(
        measurements: [Measurement("accuracy", 0.5, .deterministic, method: "m")], computeClass: "c")

    private func outcome(
        _ messages: [TrainerMessage] = [], stop: [StopReason] = [], exit: ChildExit?, logTail: String = "",
        request: EngineRequest = request(.command(["train"]))
    ) -> TrainerOutcome {
        var record = TrainerRecord()
        messages.forEach { record.note($0) }
        stop.forEach { record.note($0) }
        return record.outcome(exit: exit, logTail: logTail, request: request)
    }

    @Test func `a result and a clean exit finish the trial`() {
        #expect(outcome([.result(Self.result)], exit: .exited(0)) == .finished(Self.result))
    }

    @Test func `a result before a bad exit does not count`() {
        #expect(
            outcome([.result(Self.result)], exit: .exited(1), logTail: "Traceback")
                == .failed(TrialFailure(.crashed, "ended with exit status 1\nTraceback")))
    }

    @Test(arguments: [
        (ChildExit.exited(0), "ended without a result"),
        (.exited(127), "was not found (exit status 127)"),
        (.killed(signal: 11), "was killed by signal 11"),
        (
            .killed(signal: 9),
            "was killed by signal 9, and not by its worker: the machine may be out of memory"
        ),
    ])
    func `an end without a result is a crash that says how`(exit: ChildExit, detail: String) {
        #expect(outcome(exit: exit) == .failed(TrialFailure(.crashed, detail)))
    }

    @Test func `a divergence outweighs how the trainer ended after it`() {
        let diverged = TrialFailure(.diverged, "loss was NaN at step 4")
        #expect(
            outcome([.failure(diverged)], stop: [.failed], exit: .killed(signal: 9)) == .failed(diverged))
    }

    @Test func `a lost lease outweighs everything`() {
        #expect(outcome([.result(Self.result)], stop: [.leaseLost], exit: .exited(0)) == .abandoned)
    }

    @Test func `a worker that ends gives back what has no result yet and stores what has one`() {
        #expect(outcome(stop: [.shutdown], exit: .killed(signal: 15)) == .stopped)
        #expect(
            outcome([.result(Self.result)], stop: [.shutdown], exit: .exited(0)) == .finished(Self.result))
    }

    @Test func `a time-out is not a crash`() {
        #expect(
            outcome(stop: [.timedOut(5), .shutdown], exit: .killed(signal: 15))
                == .failed(
                    TrialFailure(.timedOut, "ran longer than 5.0 seconds, the limit of --trial-time")))
    }

    @Test func `a native slot finishes a trial without ending`() {
        #expect(
            outcome(
                [.result(Self.result)], exit: nil, request: request(.native(version: 1, numerics: .float32)))
                == .finished(Self.result))
    }

    @Test func `a command that leaves out an objective is refused`() {
        let other = TrialResult(
            measurements: [Measurement("loss", 0.5, .deterministic, method: "m")], computeClass: "c")
        #expect(
            outcome([.result(other)], exit: .exited(0))
                == .failed(TrialFailure(.invalid, "the result lacks the objective 'accuracy'; it has loss")))
        #expect(
            outcome([.result(other)], exit: .exited(0), request: request(.command(["t"]), purpose: .test))
                == .finished(other))
    }

    @Test func `the detail of a failure stays within 16 kB`() {
        let long = String(repeating: "é", count: 40_000)
        guard case .failed(let failure) = outcome(exit: .exited(1), logTail: long) else {
            Issue.record("not a failure")
            return
        }
        #expect(failure.detail.utf8.count <= 16 << 10)
        #expect(failure.detail.hasPrefix("ended with exit status 1\n"))
    }
}
