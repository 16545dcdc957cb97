import Experiments
import Foundation
import Testing

@Suite struct PlanTests {
    @Test func `a plan has all trials of the budget, and prints them`() async throws {
        try await Workplace.use { place in
            try TinyTask.write(to: place)
            let plan = try await place.json("plan", "study.yaml")
            #expect(try JSONSchema(named: "plan").errors(in: plan) == [])
            #expect(plan["baselines"]?.array?.count == 6)
            let trials = try #require(plan["trials"]?.integer)
            #expect(plan["searched"]?.array?.count == trials - 6)
            #expect(try #require(plan["cpu_seconds"]?.number) > 0)
            #expect(plan["notes"] == [])
            let text = try await place.output("plan", "study.yaml", "--workers", "1")
            #expect(text.hasPrefix("plan of sample: engine native-"))
            #expect(text.contains("\nlora_r8_all_lr3e-4 ") && text.contains("\nsearched, median "))
        }
    }

    @Test func `a plan refuses a budget that searches nothing`() async throws {
        try await Workplace.use { place in
            try TinyTask.write(to: place)
            let study = try String(contentsOfFile: place.path("study.yaml"), encoding: .utf8)
            try place.write("study.yaml", study.replacing("trials: 8", with: "trials: 3"))
            let small = try await place.run("plan", "study.yaml")
            #expect(small.status == 65)
            #expect(
                small.error.hasSuffix(
                    "search.trials: 3 trials are the baselines alone: nothing is searched\n"
                        + "  try: at least 12\n"), "\(small.error)")
        }
    }

    @Test func `the plan of a command's study says what is known, and that nobody knows its costs`()
        async throws
    {
        try await Workplace.use { place in
            try ScriptedStudy.write(to: place, name: "scripted", trials: 9, before: "echo >> calls")
            let plan = try await place.json("plan", "study.yaml", "--workers", "3")
            #expect(try JSONSchema(named: "plan").errors(in: plan) == [])
            #expect(plan["study"]?["engine"]?["command"] == ["sh", "train.sh"])
            #expect(plan["space"]?["parameters"] == 4 && plan["space"]?["continuous"] == 2)
            #expect(plan["trials"] == 9 && plan["searched_trials"] == 9)
            for unknown in ["cpu_seconds", "wall_seconds", "energy_joules", "disk_bytes"] {
                #expect(plan[unknown] == .null, "\(unknown)")
            }
            let reason = "seconds, memory and disk are unknown: what a command takes is known once it has run"
            let suggestion =
                "time peftsearch train study.yaml --configuration FILE: one trial of 9, of which 3 run at once"
            #expect(plan["notes"] == [.string("\(reason); try: \(suggestion)")])
            let text = try await place.output("plan", "study.yaml", "--workers", "3")
            #expect(
                text == """
                    plan of scripted: engine sh train.sh
                    space    4 parameters, about 10^2 combinations and 2 continuous

                    budget   9 trials: 0 baselines, 9 searched by auto
                    costs    \(reason)
                      try: \(suggestion)

                    """)
            #expect(!FileManager.default.fileExists(atPath: place.path("calls")), "a plan spends nothing")
        }
    }

    @Test func `one trial of a command searches nothing`() async throws {
        try await Workplace.use { place in
            try ScriptedStudy.write(to: place, name: "single", trials: 1)
            let plan = try await place.run("plan", "study.yaml")
            #expect(plan.status == 65)
            #expect(
                plan.error.hasSuffix(
                    "search.trials: 1 trial is compared with nothing: nothing is searched\n"
                        + "  try: at least 2\n"), "\(plan.error)")
        }
    }

    @Test func `a plan tells equal splits as a run does`() async throws {
        try await Workplace.use { place in
            try TinyTask.write(to: place)
            try place.write("validation.tsv", TinyTask.rows(48))
            let plan = try await place.run("plan", "study.yaml", "--format", "json")
            #expect(plan.status == 0)
            #expect(plan.error.contains("note: validation is the same file as train\n"), "\(plan.error)")
            #expect(try JSON.parse(plan.output)["notes"] == ["validation is the same file as train"])
        }
    }

    @Test func `a plan looks at part of a large validation split`() async throws {
        try await Workplace.use { place in
            try TinyTask.write(to: place)
            try place.write("validation.tsv", TinyTask.rows(200_000, from: 101))
            let plan = try await place.run("plan", "study.yaml", "--workers", "1")
            #expect(plan.status == 0, "\(plan.error)")
            let note = try #require(
                plan.error.firstMatch(of: /training steps and (\d+) of (\d+) validation examples\n/))
            #expect(try #require(Int(note.1)) < 100_000 && note.2 == "200000", "\(plan.error)")
        }
    }
}
