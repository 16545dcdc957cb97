import Experiments
import Foundation
import Testing

struct AskTests {
    /// What `ask` writes for lines that are all there from the start, and that
    /// each of them follows its schema.
    private func ask(_ place: Workplace, _ arguments: String, lines: [JSON]) async throws -> [JSON] {
        try place.write("lines", lines.map { $0.canonicalText + "\n" }.joined())
        let ending = try await place.shell("\"$PEFTSEARCH\" ask \(arguments) < lines")
        #expect(ending.status == 0, "\(ending.error)")
        let answers = try ending.output.split(separator: "\n").map { try JSON.parse(String($0)) }
        let schema = try JSONSchema(named: "ask")
        for answer in answers { #expect(try schema.errors(in: answer) == []) }
        return answers
    }

    private func trials(_ answers: [JSON]) -> [JSON] { answers.compactMap { $0["trial"] } }

    @Test(.needsPostgres) func `ask proposes what run proposes for the same results`() async throws {
        try await Workplace.use { place in
            try ScriptedStudy.write(
                to: place, name: "asked", trials: 40,
                before:
                    #"[ "$number" = 9 ] && { printf '{"failure":{"reason":"invalid"}}\n'; exit 1; }"#)
            #expect(try await place.run("run", "study.yaml", "--workers", "3").status == 0)
            let run = try await place.output("trials", "asked", "--format", "jsonl")
                .split(separator: "\n").map { try JSON.parse(String($0)) }
            let answers = try await ask(place, "study.yaml", lines: run.map(told))
            #expect(trials(answers).count == 40)
            for (asked, ran) in zip(trials(answers), run) {
                for key in ["number", "seed", "label", "configuration"] { #expect(asked[key] == ran[key]) }
            }
            let front = try await place.json("front", "asked")
            #expect(answers.last?["front"] == front)
        }
    }

    private func told(_ trial: JSON) -> JSON {
        let outcome: [String: JSON] =
            trial["error"] == .null
            ? ["metrics": trial["measurements"]!] : ["failure": ["reason": trial["error"]!["reason"]!]]
        return ["tell": .object(outcome.merging(["number": trial["number"]!]) { first, _ in first })]
    }

    @Test func `an input that ends early gets the front so far`() async throws {
        try await Workplace.use { place in
            try ScriptedStudy.write(to: place, name: "early", trials: 9)
            let tells: [JSON] = (0..<3).map {
                ["tell": ["number": .integer($0), "metrics": ["score": 0.5, "size": .integer(9 - $0)]]]
            }
            let answers = try await ask(place, "study.yaml", lines: tells)
            #expect(answers.first?["study"]?["study"] == "early")
            #expect(trials(answers).compactMap { $0["number"]?.integer } == [0, 1, 2, 3])
            let running: [JSON] = [[0, 1, 2, 3], [1, 2, 3], [2, 3], [3]]
            #expect(answers.compactMap { $0["running"] } == running)
            let members = answers.last?["front"]?["trials"]?.array ?? []
            #expect(members.compactMap { $0["number"]?.integer } == [2])
        }
    }

    @Test func `the command line wins over the study`() async throws {
        try await Workplace.use { place in
            try ScriptedStudy.write(to: place, name: "other", trials: 9)
            let options = "--seed 5 --strategy random --trials 3 --parallelism 2"
            let answers = try await ask(place, "study.yaml \(options)", lines: [])
            #expect(answers.first?["study"]?["seed"] == 5)
            let search = answers.first?["study"]?["search"]
            #expect(search?["strategy"] == "random" && search?["trials"] == 3)
            #expect(trials(answers).count == 2)
        }
    }

    @Test func `an error of one line does not end the session`() async throws {
        try await Workplace.use { place in
            try ScriptedStudy.write(to: place, name: "wrong", trials: 9, parallelism: 1)
            try place.write(
                "lines",
                """
                nonsense
                {"tell": {"number": 7, "metrics": {"score": 1, "size": 1}}}
                {"tell": {"number": 0, "metrics": {"score": 1}}}
                {"tell": {"number": 0, "metrics": {"score": "high", "size": 1}}}
                {"tell": {"number": 0, "failure": {"reason": "bored"}}}
                {"describe": {"method": "lora"}}
                {"ask": 1}

                {"tell": {"number": 0, "metrics": {"score": NaN, "size": 1}}}
                {"tell": {"number": 0, "metrics": {"score": 1, "size": 1}}}
                """)
            let ending = try await place.shell("\"$PEFTSEARCH\" ask study.yaml < lines")
            #expect(ending.status == 0)
            let answers = try ending.output.split(separator: "\n").map { try JSON.parse(String($0)) }
            let errors = answers.compactMap { $0["error"] }
            #expect(errors.compactMap { $0["line"]?.integer } == [1, 2, 3, 4, 5, 6, 7, 10])
            #expect(errors[2]["reason"] == "lacks the objective size")
            #expect(errors[4]["key"] == "tell.failure.reason")
            #expect(errors[5]["key"] == "alpha")
            #expect(errors.last?["reason"] == "trial 0 has its result at rung 0")
            #expect(trials(answers).compactMap { $0["number"]?.integer } == [0, 1])
            #expect(answers.last?["front"]?["trials"] == [])
        }
    }

    @Test func `a native study is asked with its exact costs, and goes on from its resolved form alone`()
        async throws
    {
        try await Workplace.use { place in
            try TinyTask.write(to: place)
            let first = try await ask(place, "study.yaml --trials 7 --parallelism 1", lines: [])
            let baseline = try #require(trials(first).first)
            #expect(baseline["label"] == "lora_r8_all_lr3e-4")
            let count = try #require(baseline["known"]?["trainable_parameters"])
            try place.write("resolved.json", first[0].canonicalText)
            try FileManager.default.removeItem(atPath: place.path("model"))

            let tells: [JSON] = (0..<7).map {
                ["tell": ["number": .integer($0), "metrics": ["accuracy": 0.5]]]
            }
            let describe: JSON = ["describe": baseline["assignment"]!]
            let wrong: JSON = [
                "tell": ["number": 0, "metrics": ["accuracy": 0.5, "trainable_parameters": 1]]
            ]
            let answers = try await ask(place, "resolved.json", lines: [describe, wrong] + tells)
            #expect(answers[1]["trial"] == baseline)
            let description = answers[3]["description"]
            for key in ["assignment", "configuration", "known", "virtual_duration"] {
                #expect(description?[key] == baseline[key])
            }
            #expect(answers[4]["error"]?["key"] == "metrics.trainable_parameters")
            #expect(trials(answers).count == 7)
            #expect(trials(answers).last?["label"] == .null)
            let members = try #require(answers.last?["front"]?["trials"]?.array)
            #expect(members.contains { $0["values"]?["accuracy"] == 0.5 })
            #expect(
                members.allSatisfy { $0["values"]?["trainable_parameters"]?.number ?? 0 <= count.number! })
        }
    }
}
