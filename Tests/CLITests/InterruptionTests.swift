import Foundation
import Testing

@Suite(.needsPostgres, .timeLimit(.minutes(3)))
struct InterruptionTests {
    @Test(arguments: [(SIGINT, Int32(130)), (SIGTERM, Int32(143))])
    func `a signal ends the run with its state saved and no process left`(
        signal: Int32, status: Int32
    ) async throws {
        try await Workplace.use { place in
            let name = "interrupted-\(signal)"
            try ScriptedStudy.write(
                to: place, name: name, trials: 6,
                before: #"[ "$number" -lt 2 ] || [ -e go ] || exec sleep 60"#)
            let marked = MarkedProcesses()
            let run = try await place.run(
                "run", "study.yaml", "--workers", "2", environment: marked.environment
            ) {
                if $0.hasPrefix("trial 1 ") { kill($1, signal) }
            }
            #expect(run.status == status)
            #expect(run.error.hasSuffix("interrupted; everything is saved, the same command goes on\n"))
            #expect(run.output == "")
            #expect(try await marked.areGone(), "\(marked.all)")

            try place.write("go", "")
            let saved = try await place.output("trials", name, "--format", "jsonl")
            #expect(saved.split(separator: "\n").count { $0.contains(#""state":"done""#) } >= 1)
            #expect(try await place.run("run", "study.yaml", "--workers", "2").status == 0)
            let trials = try await place.output("trials", name, "--format", "jsonl")
            #expect(trials.split(separator: "\n").count { $0.contains(#""state":"done""#) } == 6)
        }
    }

    @Test func `a second signal ends the run at once, with all that it started`() async throws {
        try await Workplace.use { place in
            try ScriptedStudy.write(
                to: place, name: "impatient", trials: 3,
                before: "trap '' TERM; [ \"$number\" = 0 ] || { : > started; sleep 60; }")
            let marked = MarkedProcesses()
            let run = try await place.run("run", "study.yaml", environment: marked.environment) {
                guard $0.hasPrefix("trial 0 ") else { return }
                // Without a trial that will not end, one signal is enough.
                while !FileManager.default.fileExists(atPath: place.path("started")) {
                    Thread.sleep(forTimeInterval: 0.02)
                }
                kill($1, SIGINT)
                // Two signals that come together are one.
                Thread.sleep(forTimeInterval: 0.2)
                kill($1, SIGINT)
            }
            #expect(run.status == 130)
            #expect(!run.error.contains("interrupted; everything is saved"))
            #expect(try await marked.areGone(), "\(marked.all)")
        }
    }

    @Test func `a trainer is asked to end by SIGTERM, which it does not inherit as ignored`() async throws {
        try await Workplace.use { place in
            try ScriptedStudy.write(
                to: place, name: "polite", trials: 1,
                before: """
                    [ -e go ] || { trap 'echo asked > asked; exit 1' TERM; echo '{"report":{"step":1,"metrics":{}}}'
                    echo > started; while :; do sleep 0.05; done; }
                    """)
            let marked = MarkedProcesses()
            async let ending = place.run("run", "study.yaml", environment: marked.environment)
            while !FileManager.default.fileExists(atPath: place.path("started")) {
                try await Task.sleep(for: .milliseconds(20))
            }
            let run = try #require(marked.all.first { $0.value.dropFirst().first == "run" }?.key)
            kill(run, SIGTERM)
            #expect(try await ending.status == 143)
            #expect(FileManager.default.fileExists(atPath: place.path("asked")))
        }
    }
}
