import Experiments
import Foundation
import Testing

/// Pausing, stopping and resuming, through the whole program.
@Suite(.needsPostgres, .timeLimit(.minutes(5)))
struct OperationsTests {
    /// Trials from the third on wait for the file `go`.
    private static let gate = #"""
        [ "$number" -lt 2 ] || { echo > started; while [ ! -e go ]; do sleep 0.05; done; }
        """#

    private static func write(to place: Workplace, name: String, trials: Int = 8) throws {
        try ScriptedStudy.write(to: place, name: name, trials: trials, before: gate)
    }

    /// Waits until a third trial runs.
    private static func isGated(_ place: Workplace) async throws {
        while !FileManager.default.fileExists(atPath: place.path("started")) {
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    private static func trials(_ place: Workplace, _ name: String) async throws -> [JSON] {
        try await place.output("trials", name, "--format", "jsonl").split(separator: "\n")
            .map { try JSON.parse(String($0)) }
    }

    private static func states(_ place: Workplace, _ name: String) async throws -> [String: Int] {
        try await trials(place, name).compactMap { $0["state"]?.string }
            .reduce(into: [:]) { $0[$1, default: 0] += 1 }
    }

    private static func study(_ place: Workplace, _ name: String) async throws -> JSON {
        let list = try await place.json("study", "list")
        #expect(try JSONSchema(named: "studies").errors(in: list) == [])
        return try #require(list.array?.first { $0["study"] == .string(name) })
    }

    @Test func `a paused study begins nothing, and goes on when it is resumed`() async throws {
        try await Workplace.use { place in
            try Self.write(to: place, name: "paused")
            async let ending = place.run("run", "study.yaml")
            try await Self.isGated(place)
            let pause = try await place.run("study", "pause", "paused")
            #expect(pause.status == 0)
            #expect(pause.error.hasPrefix("study paused is paused; 1 that run go on to their end\n  try: "))
            let again = try await place.run("study", "pause", "paused")
            #expect(again.status == 0 && again.error.hasPrefix("study paused is paused already; "))
            #expect(try await Self.study(place, "paused")["is_paused"] == true)
            #expect(try await place.output("study", "list").contains(/paused +paused +2/))
            try place.write("go", "")
            while try await Self.states(place, "paused")["running"] != nil {
                try await Task.sleep(for: .milliseconds(50))
            }
            #expect(try await Self.states(place, "paused")["done"] == 3)
            #expect(try await place.run("study", "resume", "paused").error == "study paused goes on\n")
            let run = try await ending
            #expect(run.status == 0, "\(run.error)")
            #expect(
                run.error.contains(
                    "study paused is paused, and goes on after: peftsearch study resume paused\n"))
            #expect(run.error.contains("\nstudy paused goes on\n"))
            #expect(try await Self.states(place, "paused") == ["done": 8])
        }
    }

    @Test func `a stopped study is the one with a budget of what was proposed, and can go on`() async throws {
        try await Workplace.use { place in
            try Self.write(to: place, name: "ended", trials: 30)
            async let ending = place.run("run", "study.yaml", "--workers", "2")
            try await Self.isGated(place)
            let stop = try await place.run("study", "stop", "ended")
            #expect(stop.status == 0)
            let cut = try #require(try await Self.study(place, "ended")["cut"])
            let count = try #require(cut["trials"]?.integer)
            #expect(cut["reason"] == "stop" && (3..<30).contains(count))
            #expect(stop.error.hasPrefix("study ended: the search ends after \(count) trials; "))
            try place.write("go", "")
            let run = try await ending
            #expect(run.status == 0, "\(run.error)")
            #expect(run.output.contains("the search ended after \(count) trials: it was stopped"))
            #expect(
                run.error.contains("`peftsearch study resume`, or a larger search.trials in the study file"))
            let again = try await place.run("study", "stop", "ended")
            #expect(again.status == 0)
            #expect(again.error == "study ended: the search ended after \(count) trials: it was stopped\n")

            let trials = try await place.output("trials", "ended", "--format", "jsonl")
            #expect(try await place.run("study", "resume", "ended").status == 0)
            #expect(try await place.run("run", "study.yaml", "--workers", "2").status == 0)
            #expect(try await Self.states(place, "ended")["done"] == 30)
            #expect(try await place.run("study", "delete", "ended", "--yes").status == 0)
            let file = try String(contentsOfFile: place.path("study.yaml"), encoding: .utf8)
            try place.write("study.yaml", file.replacing("trials: 30", with: "trials: \(count)"))
            #expect(try await place.run("run", "study.yaml").status == 0)
            #expect(
                try await ComparableTrial.texts(place.output("trials", "ended", "--format", "jsonl"))
                    == ComparableTrial.texts(trials))
        }
    }

    @Test func `stopped at once its trainers end, and what was cancelled can be taken back`() async throws {
        try await Workplace.use { place in
            try Self.write(to: place, name: "cut-off")
            let marked = MarkedProcesses()
            async let ending = place.run(
                "run", "study.yaml", "--workers", "2", "--lease", "3", environment: marked.environment)
            try await Self.isGated(place)
            let stop = try await place.run("study", "stop", "cut-off", "--now")
            #expect(stop.status == 0)
            #expect(stop.error.contains(/ends after \d+ trials, \d+ of them cancelled;/), "\(stop.error)")
            let run = try await ending
            #expect(run.status == 0, "\(run.error)")
            #expect(try await marked.areGone(), "\(marked.all)")
            let stopped = try await Self.states(place, "cut-off")
            #expect(Set(stopped.keys) == ["done", "cancelled"] && stopped["done"] == 2)
            #expect(try await Self.study(place, "cut-off")["cancelled"]?.integer == stopped["cancelled"])
            let shown = try await place.json("trial", "cut-off", "2")
            #expect(try JSONSchema(named: "trial").errors(in: shown) == [])
            #expect(shown["attempt_history"]?.array?.last?["outcome"] == "cancelled")

            try place.write("go", "")
            #expect(try await place.run("study", "resume", "cut-off").status == 0)
            #expect(try await place.run("run", "study.yaml", "--workers", "2").status == 0)
            #expect(try await Self.states(place, "cut-off") == ["done": 8])
        }
    }

    @Test func `what cannot be done is refused with the reason`() async throws {
        try await Workplace.use { place in
            try ScriptedStudy.write(to: place, name: "over", trials: 2)
            #expect(try await place.run("run", "study.yaml").status == 0)
            for (operation, reason) in [
                ("pause", "is complete: there is nothing to pause"),
                ("stop", "is complete: there is nothing to stop"),
                (
                    "resume",
                    "is complete, and nobody stopped it\n  try: a larger search.trials in the study file"
                ),
            ] {
                let refused = try await place.run("study", operation, "over")
                #expect(refused.status == 65)
                #expect(refused.error == "error: over: \(reason)\n")
                let unknown = try await place.run("study", operation, "ovre")
                #expect(unknown.status == 65)
                #expect(unknown.error.contains("ovre: no such study"))
                #expect(unknown.error.hasSuffix("\n  try: over\n"), "\(unknown.error)")
            }
            try ScriptedStudy.write(to: place, name: "idle", trials: 2)
            #expect(try await place.run("study", "create", "study.yaml").status == 0)
            let resume = try await place.run("study", "resume", "idle")
            #expect(resume.status == 0 && resume.error == "study idle is neither paused nor stopped\n")
        }
    }
}
