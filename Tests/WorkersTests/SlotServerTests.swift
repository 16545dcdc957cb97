import Experiments
import Foundation
import Testing
import Workers

@Suite(.timeLimit(.minutes(5))) struct SlotServerTests {
    private let requests = Pipe()
    private let answers = Pipe()

    /// Sends the lines, ends the input and returns the answers.
    private func serve(_ lines: [String]) async -> [JSON] {
        let (ended, end) = AsyncStream<Void>.makeStream()
        let server = SlotServer(
            engine: ScriptedEngine(), input: requests.fileHandleForReading,
            output: answers.fileHandleForWriting,
            onEnd: { end.finish() })
        requests.fileHandleForWriting.write(Data(lines.map { $0 + "\n" }.joined().utf8))
        try? requests.fileHandleForWriting.close()
        server.run()
        for await _ in ended {}
        try? answers.fileHandleForWriting.close()
        let text = String(decoding: answers.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        return text.split(separator: "\n").compactMap { try? JSON.parse(String($0)) }
    }

    private func line(_ configuration: JSON) -> String {
        var request = request(.native(version: 1, numerics: .float32))
        request.configuration = configuration
        return request.json.canonicalText
    }

    @Test func `a request is answered by reports and a result with methods and kinds`() async {
        let answers = await serve([line(["do": "train"])])
        #expect(answers.count == 2)
        #expect(answers[0]["report"] == ["step": 1, "metrics": ["loss": 0.5]])
        let result = answers[1]["result"]
        #expect(result?["metrics"]?["accuracy"]?.number == 0.75)
        #expect(result?["methods"]?["accuracy"] == "validation split")
        #expect(result?["kinds"]?["process"] == "observed")
        #expect(result?["compute_class"] == "scripted")
        #expect(result?["artifact"] == "abc")
    }

    @Test func `requests are served one after the other, also after a failure`() async {
        let answers = await serve([line(["do": "diverge"]), "no request", line(["do": "train"])])
        #expect(answers.count == 4)
        #expect(answers[0]["failure"] == ["reason": "diverged", "detail": "loss was NaN at step 9"])
        #expect(answers[1]["failure"]?["reason"] == "crashed")
        #expect(answers[3]["result"] != nil)
    }

    @Test func `an answer other than leave to measure ends the measuring`() async {
        let answers = await serve([line(["do": "measure"]), #"{"stay": true}"#])
        #expect(answers[0] == ["exclusive": true])
        #expect(answers[1]["failure"]?["reason"] == "crashed")
    }
}
