import Experiments
import Foundation
import Subprocess
import Testing

@Suite(.needsPostgres)
struct CommandStudyTests {
    @Test func `one worker, two or five: the same trials and the same front`() async throws {
        var results: [[String]] = []
        for workers in ["1", "2", "5"] {
            try await Workplace.use { place in
                try ScriptedStudy.write(to: place, name: "alike", trials: 14)
                let run = try await place.run("run", "study.yaml", "--workers", workers)
                #expect(run.status == 0, "\(run.error)")
                let trials = try ComparableTrial.texts(
                    await place.output("trials", "alike", "--format", "jsonl"))
                let front = try await place.json("front", "alike")
                let members = (front["trials"]?.array ?? []).map(ComparableTrial.member)
                var rest = front.object ?? [:]
                rest["trials"] = nil
                results.append(trials + members + [JSON.object(rest).canonicalText, run.output])
                #expect(try await place.run("study", "delete", "alike", "--yes").status == 0)
            }
        }
        #expect(results[0].count > 14)
        #expect(results[1] == results[0])
        #expect(results[2] == results[0])
    }

    @Test func `the same command again runs nothing again, and a larger budget goes on`() async throws {
        try await Workplace.use { place in
            try ScriptedStudy.write(to: place, name: "resumed", trials: 5, before: "echo >> calls")
            let first = try await place.run("run", "study.yaml", "--workers", "2")
            #expect(first.status == 0)
            #expect(try calls(place) == 5)

            let again = try await place.run("run", "study.yaml", "--workers", "2")
            #expect(again.status == 0)
            #expect(again.output == first.output)
            #expect(try calls(place) == 5)

            let five = try await place.output("trials", "resumed", "--format", "jsonl")
            try place.write("study.yaml", ScriptedStudy.study(name: "resumed", trials: 9))
            #expect(try await place.run("run", "study.yaml", "--workers", "2").status == 0)
            #expect(try calls(place) == 9)
            let nine = try await place.output("trials", "resumed", "--format", "jsonl")
            #expect(nine.hasPrefix(five))
            let lines = nine.split(separator: "\n")
            #expect(lines.count == 9)
            let page = try await place.output(
                "trials", "resumed", "--format", "jsonl", "--limit", "3", "--after", "4")
            #expect(page.split(separator: "\n") == Array(lines[5..<8]))
            let rest = try await place.output("trials", "resumed", "--format", "jsonl", "--after", "6")
            #expect(rest.split(separator: "\n") == Array(lines[7...]))
            let missing = try await place.run("trial", "resumed", "9")
            #expect(missing.status == 65 && missing.error.contains("a number from 0 to 8"))
        }
    }

    private func calls(_ place: Workplace) throws -> Int {
        try String(contentsOfFile: place.path("calls"), encoding: .utf8).filter(\.isNewline).count
    }

    @Test func `a changed study of the same name is refused with the differences`() async throws {
        try await Workplace.use { place in
            try ScriptedStudy.write(to: place, name: "changed", trials: 2)
            #expect(try await place.run("study", "create", "study.yaml").status == 0)
            let other = ScriptedStudy.study(name: "changed", trials: 2)
                .replacing("seed: 3", with: "seed: 4").replacing("size <= 60", with: "size <= 61")
            try place.write("study.yaml", other)
            for command in ["run", "study create"] {
                let ending = try await place.program.run(
                    command.split(separator: " ").map(String.init)
                        + ["study.yaml", "--data-dir", place.dataFolder])
                #expect(ending.status == 65)
                #expect(ending.output == "")
                let text = """
                    error: a study of this name is stored with other settings:
                      constraints[0]: was "size <= 60", is "size <= 61"
                      seed: was 3, is 4
                      try: another name for this study, or the settings it was stored with

                    """
                #expect(ending.error.hasSuffix(text), "\(ending.error)")
            }
        }
    }

    @Test func `a trial that fails is told with its reason and its log`() async throws {
        try await Workplace.use { place in
            try ScriptedStudy.write(
                to: place, name: "failing", trials: 3,
                before:
                    #"[ "$number" = 1 ] && { printf '{"report":{"step":1,"metrics":{"score":NaN}}}\n'; exit 1; }"#
            )
            let run = try await place.run("run", "study.yaml")
            #expect(run.status == 0)
            #expect(run.output.contains("1 trials failed: peftsearch trials failing"))
            #expect(run.error.contains("trial 1 failed (diverged): score was NaN at step 1"))
            let trial = try await place.json("trial", "failing", "1")
            #expect(trial["state"] == "failed")
            #expect(trial["error"]?["reason"] == "diverged")
            #expect(try JSONSchema(named: "trial").errors(in: trial) == [])
        }
    }

    @Test(.enabled("needs script of util-linux") { FileManager.default.isExecutableFile(atPath: script) })
    func `a terminal gets progress that is drawn over, without colour`() async throws {
        try await Workplace.use { place in
            try ScriptedStudy.write(to: place, name: "drawn", trials: 2)
            let command = "'\(Program.path)' run study.yaml --data-dir '\(place.dataFolder)'"
            let result = try await Subprocess.run(
                .name("env"),
                arguments: [
                    "-C", place.folder, "NO_COLOR=1", "TERM=xterm", Self.script, "-qec", command, "/dev/null",
                ],
                input: .none, output: .string(limit: 1 << 20), error: .string(limit: 1 << 20))
            #expect(result.terminationStatus == .exited(0))
            let text = result.standardOutput
            #expect(text.contains("\u{1B}[J"), "\(text)")
            #expect(text.contains("2/2 trials"))
            let colours = text.matches(of: /\u{1B}\[[0-9;]*m/)
            #expect(colours.isEmpty)
        }
    }

    private static let script = "/usr/bin/script"

    @Test func `a pipe gets plain lines, and data alone goes to standard output`() async throws {
        try await Workplace.use { place in
            try ScriptedStudy.write(to: place, name: "plain", trials: 2)
            let run = try await place.run(
                "run", "study.yaml", environment: ["NO_COLOR": "1", "TERM": "xterm"])
            #expect(run.output.hasPrefix("front of plain, "))
            #expect(run.error.hasPrefix("reading study.yaml and what it names\n"))
            for text in [run.output, run.error] {
                let controls = text.unicodeScalars.filter {
                    $0.properties.generalCategory == .control && $0 != "\n"
                }
                #expect(controls.isEmpty)
            }
        }
    }
}
