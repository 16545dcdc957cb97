import Experiments
import Foundation
import Testing

/// Studies with rungs through the whole program: controller, workers,
/// PostgreSQL and readers.
@Suite(.needsPostgres, .timeLimit(.minutes(5)))
struct RungStudyTests {
    /// Trains 900 steps, of which each rung's share; keeps its step in the
    /// work folder; the score grows with the steps and depends on the
    /// configuration.
    private static let script = """
        read -r request
        member() { rest=${request#*"\\"$1\\":"}; rest=${rest%%,*}; printf %s "${rest%%\\}*}"; }
        configuration=${request#*'"configuration":'}
        configuration=${configuration%%\\}*}
        folder=${request#*'"workdir":"'}
        folder=${folder%%'"'*}
        first=0
        if [ "$(member resume)" = true ] && [ -f "$folder/step" ]; then read -r first < "$folder/step"; fi
        last=$(awk "BEGIN { printf \\"%d\\", 900 * $(member budget) + 0.5 }")
        echo "$last" > "$folder/step"
        sum=$(printf %s "$configuration" | cksum)
        sum=$((${sum%% *} % 9000 + 1000))
        score=$(awk "BEGIN { print $sum / 10000 - 0.1 * (1 - $last / 900) }")
        size=$(($(printf %s "$configuration" | wc -c) * 10 + sum % 10))
        echo "$(member number) $(member rung) $first $last" >> calls
        printf '{"result":{"metrics":{"score":%s,"size":%s,"steps":%s}}}\\n' "$score" "$size" "$last"

        """

    private static func write(to place: Workplace, name: String, trials: Int) throws {
        try ScriptedStudy.write(to: place, name: name, trials: trials)
        let study = try String(contentsOfFile: place.path("study.yaml"), encoding: .utf8)
        try place.write(
            "study.yaml",
            study.replacing("parallelism: 4}", with: "parallelism: 4, rungs: 3}")
                .replacing("constraints: [\"size <= 60\"]\n", with: ""))
        try place.write("train.sh", script)
    }

    @Test func `one worker, two or five: the same trials, rungs and front`() async throws {
        var results: [[String]] = []
        for workers in ["1", "2", "5"] {
            try await Workplace.use { place in
                try Self.write(to: place, name: "rungs-alike", trials: 24)
                let run = try await place.run("run", "study.yaml", "--workers", workers)
                #expect(run.status == 0, "\(run.error)")
                let trials = try ComparableTrial.texts(
                    await place.output("trials", "rungs-alike", "--format", "jsonl"))
                var rungs: [String] = []
                for number in 0..<24 {
                    rungs.append(
                        try await place.json("trial", "rungs-alike", "\(number)")["rungs"]!.canonicalText)
                }
                results.append(trials + rungs + [try await place.json("front", "rungs-alike").canonicalText])
                #expect(try await place.run("study", "delete", "rungs-alike", "--yes").status == 0)
            }
        }
        #expect(results[0].count == 49)
        #expect(results[1] == results[0])
        #expect(results[2] == results[0])
    }

    @Test func `a trial that goes on begins where its last rung ended`() async throws {
        try await Workplace.use { place in
            try Self.write(to: place, name: "rungs-resumed", trials: 18)
            #expect(try await place.run("run", "study.yaml", "--workers", "2").status == 0)
            let calls = try String(contentsOfFile: place.path("calls"), encoding: .utf8)
                .split(separator: "\n").map { $0.split(separator: " ").compactMap { Int($0) } }
            let ends = [100, 300, 900]
            #expect(Set(calls.map { $0[1] }) == [0, 1, 2])
            for call in calls {
                #expect(call[3] == ends[call[1]])
                #expect(call[2] == (call[1] == 0 ? 0 : ends[call[1] - 1]), "trial \(call[0])")
            }
            #expect(Set(calls).count == calls.count)
            #expect(calls.count { $0[1] == 0 } == 18)
            let last = calls.filter { $0[1] == 2 }.map { $0[0] }.sorted()
            let done = try await Self.states(place, "rungs-resumed").filter { $0.value == "done" }.keys
                .sorted()
            #expect(done == last && done.count >= 2)
        }
    }

    private static func states(_ place: Workplace, _ name: String) async throws -> [Int: String] {
        let lines = try await place.output("trials", name, "--format", "jsonl").split(separator: "\n")
        let trials = try lines.map { try JSON.parse(String($0)) }
        return Dictionary(
            uniqueKeysWithValues: trials.map { ($0["number"]!.integer!, $0["state"]!.string!) })
    }

    @Test func `readers show rungs, and who did not go on`() async throws {
        try await Workplace.use { place in
            try Self.write(to: place, name: "rungs-shown", trials: 12)
            let run = try await place.run("run", "study.yaml")
            #expect(run.error.contains(" paused at rung 0 of 2: score "))
            #expect(run.error.contains(" done: score "))
            let states = try await Self.states(place, "rungs-shown")
            #expect(Set(states.values) == ["done", "stopped"])
            for (number, state) in states {
                let trial = try await place.json("trial", "rungs-shown", "\(number)")
                #expect(try JSONSchema(named: "trial").errors(in: trial) == [])
                let rungs = trial["rungs"]?.array ?? []
                #expect(rungs.count == (trial["rung"]?.integer ?? 9) + 1)
                #expect(
                    rungs.compactMap { $0["measurements"]?["steps"]?.integer }
                        == Array([100, 300, 900].prefix(rungs.count)))
                #expect(rungs.last?["measurements"] == trial["measurements"])
                #expect(state != "done" || rungs.last?["share"] == 1)
            }
            let table = try await place.output("trials", "rungs-shown")
            #expect(table.contains("stopped  0 of 2") && table.contains("2 of 2"))
            let number = try #require(states.first { $0.value == "done" }?.key)
            let text = try await place.output("trial", "rungs-shown", "\(number)")
            #expect(text.contains("at rung 0, 0.1111 of the training steps"))
            #expect(text.contains("attempt 3 (rung 2) by "))
            let front = try await place.json("front", "rungs-shown")
            #expect(front["trials"]?.array?.allSatisfy { states[$0["number"]!.integer!] == "done" } == true)
        }
    }

    @Test func `a larger budget goes on, and nothing is trained twice`() async throws {
        try await Workplace.use { place in
            try Self.write(to: place, name: "rungs-larger", trials: 9)
            #expect(try await place.run("run", "study.yaml", "--workers", "2").status == 0)
            try Self.write(to: place, name: "rungs-larger", trials: 30)
            #expect(try await place.run("run", "study.yaml", "--workers", "2").status == 0)
            let calls = try String(contentsOfFile: place.path("calls"), encoding: .utf8)
                .split(separator: "\n").map { $0.split(separator: " ").prefix(2).joined(separator: " ") }
            #expect(Set(calls).count == calls.count)
            let states = try await Self.states(place, "rungs-larger")
            #expect(states.count == 30 && Set(states.values) == ["done", "stopped"])
        }
    }

    @Test func `a plan says how many full trainings its rungs make`() async throws {
        try await Workplace.use { place in
            try Self.write(to: place, name: "rungs-planned", trials: 54)
            let plan = try await place.json("plan", "study.yaml")
            #expect(try JSONSchema(named: "plan").errors(in: plan) == [])
            #expect(abs((plan["full_trainings"]?.number ?? 0) - 14) < 1e-9)
            let text = try await place.output("plan", "study.yaml")
            #expect(
                text.contains(
                    """
                    rungs    0.111, 0.333, 1 of the training steps, reached by about 54, 18, 6 searched trials: \
                    14.0 full trainings in all
                    """), "\(text)")
        }
    }
}
