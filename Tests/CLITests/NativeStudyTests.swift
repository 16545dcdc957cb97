import Experiments
import Foundation
import Testing

/// A native study from its file to its front, on a model of three narrow
/// layers, and everything that can be asked of it afterwards.
@Suite(.needsPostgres)
struct NativeStudyTests {
    @Test func `a native study ends with a front, and comes out the same in another store`() async throws {
        try await Workplace.use { place in
            try await Self.run(in: place)
            try await Self.checkFront(place)
            try await Self.checkDocuments(place)
            try await Self.checkExports(place)
            let trials = try await place.output("trials", "sample", "--format", "jsonl")
            try await Workplace.use(ownDatabase: true) { other in
                try await Self.run(in: other)
                let others = try await other.output("trials", "sample", "--format", "jsonl")
                #expect(try ComparableTrial.texts(others) == ComparableTrial.texts(trials))
                #expect(others.contains(#""artifact":""#))
            }
        }
    }

    private static func run(in place: Workplace) async throws {
        try TinyTask.write(to: place)
        let run = try await place.run("run", "study.yaml", "--workers", "2")
        #expect(run.status == 0, "\(run.error)")
        #expect(run.output.hasPrefix("front of sample, "))
        #expect(run.output.contains("\nbaselines\n"))
        #expect(run.output.contains("head_only: head only"))
    }

    private static func checkFront(_ place: Workplace) async throws {
        let front = try await place.json("front", "sample")
        #expect(try JSONSchema(named: "front").errors(in: front) == [])
        let members = try #require(front["trials"]?.array)
        #expect(!members.isEmpty)
        for member in members {
            #expect(member["measurements"]?["test_accuracy"]?.number != nil)
            #expect(member["values"]?.object?.count == 2)
        }
        let trials = try #require(try await place.json("trials", "sample")["trials"]?.array)
        #expect(
            trials.prefix(6).map { $0["label"] } == [
                "lora_r8_all_lr3e-4", "lora_r8_all_lr1e-3", "lora_r8_all_lr3e-3", "lora_r8_qv", "head_only",
                "full",
            ])
        let isMember = Set(members.compactMap { $0["number"] })
        for trial in trials {
            let hasTest = trial["measurements"]?["test_accuracy"] != nil
            #expect(
                hasTest == isMember.contains(trial["number"] ?? .null), "the front alone sees the test split")
        }
        let knee = try await place.json("front", "sample", "--pick", "knee")
        #expect(knee["trials"]?.array?.count == 1)
    }

    private static func checkDocuments(_ place: Workplace) async throws {
        let trials = try await place.json("trials", "sample")
        #expect(try JSONSchema(named: "trials").errors(in: trials) == [])
        #expect(try JSONSchema(named: "trial").errors(in: await place.json("trial", "sample", "0")) == [])
        #expect(try JSONSchema(named: "studies").errors(in: await place.json("study", "list")) == [])
        let study = try JSON.parse(await place.output("study", "show", "sample"))
        #expect(try JSONSchema(named: "study").errors(in: study) == [])
        #expect(study["data"]?["test_examples"] == 20)
        for line in try await place.output("trials", "sample", "--format", "jsonl").split(separator: "\n") {
            #expect(try JSONSchema(named: "trial").errors(in: JSON.parse(String(line))) == [])
        }
        for command in ["trials", "front"] {
            let records = try CommaSeparated.records(await place.output(command, "sample", "--format", "csv"))
            #expect(records.count > 1)
            #expect(records[0].prefix(2) == ["number", "state"])
            #expect(records.allSatisfy { $0.count == records[0].count })
            let place = try #require(records[0].firstIndex(of: "configuration"))
            for record in records.dropFirst() { #expect(try JSON.parse(record[place])["components"] != nil) }
        }
    }

    /// The trial that the front calls its knee, in every format that it allows.
    private static func checkExports(_ place: Workplace) async throws {
        let picked = try await place.json("front", "sample", "--pick", "knee")
        let trial = try #require(picked["trials"]?.array?.first)
        let knee = try #require(trial["number"]?.integer)
        let number = "\(knee)"
        let formats = try #require(trial["exportable_as"]?.array).compactMap { $0.string }
        #expect(formats.contains("custom_code"))
        try place.write("texts.jsonl", "{\"text\": \"the small cat ran\"}\n{\"text\": \"the dog sees it\"}\n")
        var logits: [[JSON]] = []
        for format in ["auto"] + formats {
            let ending = try await place.run(
                "export", "sample", number, "--format", format, "--out", "export-\(format)")
            #expect(ending.status == 0 && ending.output.isEmpty, "\(ending.error)")
            let lines = try await place.program.run(
                ["predict", "export-\(format)", "--input", "texts.jsonl"]).output.split(separator: "\n")
            #expect(lines.count == 2)
            logits.append(try lines.map { try JSON.parse(String($0))["logits"] ?? .null })
        }
        for other in logits.dropFirst() {
            for (one, two) in zip(logits[0], other) {
                for (a, b) in zip(one.array ?? [], two.array ?? []) {
                    #expect(abs((a.number ?? .nan) - (b.number ?? .nan)) < 1e-5)
                }
            }
        }
        let again = try await place.run("export", "sample", number, "--out", "export-auto")
        #expect(again.status == 65)
        #expect(again.error.contains("is not empty; nothing in it is overwritten"))
        let elsewhere = try await place.program.run([
            "export", "sample", number, "--out", "other", "--data-dir", place.dataFolder + "-other",
            "--database", place.output("database", "url").trimmingCharacters(in: .newlines),
        ])
        #expect(elsewhere.status == 65)
        #expect(elsewhere.error.contains("the trained tensors are not here"))
    }

    @Test func `one configuration is trained outside any study, twice alike`() async throws {
        try await Workplace.use { place in
            try TinyTask.write(to: place)
            try place.write(
                "configuration.json",
                #"{"components": [{"lora": {"ranks": {"0.query": 2, "2.ffn_in": 4}}}], "training": {"epochs": 1}}"#
            )
            var found: [JSON?] = []
            for _ in 0..<2 {
                let result = try await place.json(
                    "train", "study.yaml", "--configuration", "configuration.json", "--seed", "5")
                #expect(try JSONSchema(named: "train").errors(in: result) == [])
                found.append(result["measurements"]?["loss"])
                #expect(
                    result["measurements"]?["trainable_parameters"]?.integer == 2 * (16 + 16) + 4 * (16 + 32)
                        + 272 + 34)
            }
            #expect(found[0] != nil)
            #expect(found[0] == found[1])
        }
    }

    @Test func `what is not there is told with what is`() async throws {
        try await Workplace.use { place in
            try ScriptedStudy.write(to: place, name: "present", trials: 1)
            #expect(try await place.run("study", "create", "study.yaml").status == 0)
            let study = try await place.run("front", "presnet")
            #expect(study.status == 65)
            #expect(study.error.hasPrefix("error: presnet: no such study; there are "))
            #expect(study.error.hasSuffix("\n  try: present\n"))
            let trial = try await place.run("trial", "present", "7")
            #expect(trial.status == 65)
            #expect(trial.error == "error: present 7: no such trial\n")
            let pick = try await place.run("front", "present", "--pick", "knee")
            #expect(pick.status == 1)
            #expect(pick.error == "the front of present is empty: no trial has finished\n")
            let delete = try await place.run("study", "delete", "present")
            #expect(delete.status == 1)
            #expect(delete.error == "nothing was deleted; --yes deletes without asking\n")
        }
    }
}
