import Experiments
import Testing
import Workers

@Suite struct TrainerMessageTests {
    private let command = Engine.command(["train"])

    private func message(_ text: String) -> TrainerMessage? {
        TrainerMessage(line: line(text), engine: command)
    }

    @Test func `a report has a step and finite metrics`() {
        #expect(
            message(#"{"report": {"step": 3, "metrics": {"loss": 0.25, "note": null}}}"#)
                == .report(Report(step: 3, metrics: ["loss": 0.25])))
    }

    @Test func `what is no message is log`() {
        for text in [
            "", "epoch 1", "{", #"{"loss": 1}"#, #"{"report": {"metrics": {}}}"#, "[1]", "{\"result",
        ] {
            #expect(message(text) == nil, "\(text)")
        }
        #expect(
            TrainerMessage(line: line(#"{"other": {"metrics": {}}}"#, isCut: true), engine: command) == nil)
    }

    @Test func `a result that cannot be read is a crash with its reason, not log`() {
        let crash = { (reason: String) in
            TrainerMessage.failure(TrialFailure(.crashed, "the result cannot be used: \(reason)"))
        }
        #expect(
            TrainerMessage(line: line(#"{"result": {"metrics": {}}}"#, isCut: true), engine: command)
                == crash("its line is too long"))
        #expect(
            message(#"{"result": {"metrics": {"#)
                == crash("it is not JSON: expected a name in double quotes at byte 24"))
    }

    @Test func `a number beyond a double is a trial that diverged`() {
        let said = message(#"{"result": {"metrics": {"score": 1e999}}}"#)
        guard case .failure(let failure) = said else {
            Issue.record("\(String(describing: said))")
            return
        }
        #expect(failure.reason == .diverged)
    }

    @Test func `a trainer cannot say that it was lost or timed out`() {
        for reason in ["lost", "timed_out", "anything"] {
            let said = message(#"{"failure": {"reason": "\#(reason)", "detail": "x"}}"#)
            #expect(said == .failure(TrialFailure(.crashed, "x")))
        }
    }

    @Test func `a report keeps the metrics that a result could have`() {
        let many = (0..<300).map { #""m\#($0)": 1"# }.joined(separator: ", ")
        guard case .report(let report) = message(#"{"report": {"step": 1, "metrics": {\#(many)}}}"#) else {
            Issue.record("no report")
            return
        }
        #expect(report.metrics.count == 256)
    }

    @Test func `a command's times are observed and its other metrics deterministic`() {
        let text = #"{"result": {"metrics": {"accuracy": 0.9, "train_seconds": 2, "epoch_joules": 5}}}"#
        guard case .result(let result) = message(text) else {
            Issue.record("no result")
            return
        }
        #expect(result.measurements.map(\.name) == ["accuracy", "epoch_joules", "train_seconds"])
        #expect(result.measurements.map(\.kind) == [.deterministic, .observed, .observed])
        #expect(result.measurements.allSatisfy { $0.method == "reported by the command" })
        #expect(result.computeClass == "command")
    }

    @Test func `an engine may say the kind and the method itself`() {
        let text = """
            {"result": {"metrics": {"n": 8}, "kinds": {"n": "exact"}, "methods": {"n": "counted"}, \
            "compute_class": "c", "artifact": "f00"}}
            """
        #expect(
            message(text)
                == .result(
                    TrialResult(
                        measurements: [Measurement("n", 8, .exact, method: "counted")], computeClass: "c",
                        artifact: "f00")))
    }

    @Test(arguments: [
        (#"{"result": {"metrics": {"loss": NaN}}}"#, "loss was NaN in the result"),
        (#"{"result": {"metrics": {"a": 1, "loss": -Infinity}}}"#, "loss was -Infinity in the result"),
        (#"{"report": {"step": 4, "metrics": {"loss": Infinity}}}"#, "loss was Infinity at step 4"),
        (#"{"result": {"metrics": {"loss": "NaN"}}}"#, "loss was NaN in the result"),
    ])
    func `a metric that is not finite is a divergence`(text: String, detail: String) {
        #expect(message(text) == .failure(TrialFailure(.diverged, detail)))
    }

    @Test func `the letters NaN in a string are letters`() {
        let text = #"{"failure": {"reason": "invalid", "detail": "NaN \" NaN \\"}}"#
        #expect(message(text) == .failure(TrialFailure(.invalid, #"NaN " NaN \"#)))
    }

    @Test func `a result that cannot be read is a failure and not log`() {
        for text in [
            #"{"result": 3}"#, #"{"result": {"metrics": {"loss": "low"}}}"#,
            #"{"result": {"metrics": {"": 1}}}"#, #"{"result": {"metrics": {"f1 macro": 1}}}"#,
        ] {
            guard case .failure(let failure) = message(text) else {
                Issue.record("\(text)")
                continue
            }
            #expect(failure.reason == .crashed)
            #expect(failure.detail.hasPrefix("the result cannot be used"))
        }
    }

    @Test func `a NUL does not turn a message into log`() {
        #expect(
            message(#"{"failure": {"reason": "invalid", "detail": "a\u0000b"}}"#)
                == .failure(TrialFailure(.invalid, "a\u{FFFD}b")))
    }

    @Test func `what a result says of itself is kept without control characters`() {
        let said = message(
            #"{"result": {"metrics": {"n": 1}, "methods": {"n": "a\u0000\u001b[2J\nb"}, "#
                + #""compute_class": "c\u001b\nd", "artifact": "e\u0007"}}"#)
        #expect(
            said
                == .result(
                    TrialResult(
                        measurements: [
                            Measurement(
                                "n", 1, .deterministic, method: "a\u{FFFD}\u{FFFD}[2J\u{FFFD}b")
                        ], computeClass: "c\u{FFFD}\u{FFFD}d", artifact: "e\u{FFFD}")))
    }

    @Test func `exclusive use is asked for and given back`() {
        #expect(message(#"{"exclusive": true}"#) == .exclusive(true))
        #expect(message(#"{"exclusive": false}"#) == .exclusive(false))
    }
}
