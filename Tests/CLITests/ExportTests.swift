import Experiments
import Foundation
import Testing

/// `train --out` and `predict`, which need no store.
struct ExportTests {
    private static let configuration = """
        {"components": [{"lora": {"ranks": {"0.query": 2}}}, {"bottleneck": {"site": "pfeiffer", "widths": {"2": 3}}}],
         "training": {"epochs": 1}}
        """

    private static func train(in place: Workplace) async throws {
        try TinyTask.write(to: place)
        try place.write("configuration.json", configuration)
        let ending = try await place.run(
            "train", "study.yaml", "--configuration", "configuration.json", "--out", "handed")
        #expect(ending.status == 0, "\(ending.error)")
    }

    @Test func `a trained configuration is handed over and predicts`() async throws {
        try await Workplace.use { place in
            try await Self.train(in: place)
            let names = Set(try FileManager.default.contentsOfDirectory(atPath: place.path("handed")))
            #expect(
                names.isSuperset(of: [
                    "README.md", "config.json", "model.safetensors", "modeling_peft_search.py", "adapterhub",
                    "vocab.txt", "peft_search.json",
                ]))
            try place.write("texts.tsv", "text\nthe small cat ran\n the dog\n\"quoted\n")
            let lines = try await place.program.run(["predict", "handed", "--input", "texts.tsv"]).output
                .split(separator: "\n").map { try JSON.parse(String($0)) }
            #expect(lines.count == 3)
            for line in lines {
                #expect(["cat", "dog"].contains(line["label"]))
                let probabilities = try #require(line["probabilities"]?.array).compactMap { $0.number }
                #expect(abs(probabilities.reduce(0, +) - 1) < 1e-6)
                #expect(line["logits"]?.array?.count == 2)
            }
            let table = try await place.program.run(
                ["predict", "handed", "--input", "texts.tsv", "--format", "csv"]).output
            let records = try CommaSeparated.records(table)
            #expect(records[0] == ["label", "probability cat", "probability dog", "logit cat", "logit dog"])
            #expect(records.count == 4)
        }
    }

    @Test func `what cannot be handed over or read is told before any work`() async throws {
        try await Workplace.use { place in
            try await Self.train(in: place)
            let taken = try await place.run(
                "train", "study.yaml", "--configuration", "configuration.json", "--out", "handed")
            #expect(taken.status == 65)
            #expect(taken.error.contains("is not empty; nothing in it is overwritten"))
            try place.write("texts.jsonl", "{\"sentence\": \"the cat\"}\n")
            let column = try await place.program.run(["predict", "handed", "--input", "texts.jsonl"])
            #expect(column.status == 65)
            #expect(column.error.contains("there is no such column; there are sentence"))
            #expect(column.error.contains("try: --text sentence"))
            let named = try await place.program.run(
                ["predict", "handed", "--input", "texts.jsonl", "--text", "sentence"])
            #expect(named.status == 0, "\(named.error)")
            let missing = try await place.program.run(["predict", "nothing", "--input", "texts.jsonl"])
            #expect(missing.status == 65)
            let usage = try await place.program.run(
                ["predict", "handed", "--input", "texts.jsonl", "--max-length", "2"])
            #expect(usage.status == 64)
        }
    }

    @Test func `a given configuration is measured on the test split where that is asked for`() async throws {
        try await Workplace.use { place in
            try TinyTask.write(to: place)
            try place.write(
                "configuration.json",
                #"{"components": [{"prompt": {"length": 2, "encoder": "lstm", "hidden": 4}}], "training": {"epochs": 1}}"#
            )
            let plain = try await place.json("train", "study.yaml", "--configuration", "configuration.json")
            let tested = try await place.json(
                "train", "study.yaml", "--configuration", "configuration.json", "--test")
            #expect(try JSONSchema(named: "train").errors(in: tested) == [])
            #expect(plain["measurements"]?["test_accuracy"] == nil)
            #expect(plain["measurements"]?["loss"] == tested["measurements"]?["loss"])
            #expect(tested["measurements"]?["test_accuracy"]?.number != nil)
            #expect(
                tested["methods"]?["test_accuracy"]?.string
                    == "float32, once, on 20 examples of the test split",
                "the trained model is there: nothing was trained again")

            try place.write("study.yaml", TinyTask.study.replacing("  test: test.tsv\n", with: ""))
            let refused = try await place.run(
                "train", "study.yaml", "--configuration", "configuration.json", "--test")
            #expect(refused.status == 65)
            #expect(refused.error.contains("task.test: --test needs the file of a test split"))
        }
    }
}
