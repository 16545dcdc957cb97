import Experiments
import Foundation
import Testing

/// Regressions, tagged words and few examples, from the study file to the
/// front.
@Suite(.needsPostgres)
struct TaskKindTests {
    private static func study(_ name: String, _ task: String, more: String = "") -> String {
        """
        study: \(name)
        seed: 7
        model: model
        task:
        \(task.split(separator: "\n").map { "  \($0)\n" }.joined())space: lora
        search: {strategy: random, trials: 8, parallelism: 2}
        workers: 2
        \(more)
        """
    }

    private static let regression =
        "kind: regression\ntrain: train.csv\nvalidation: 0.25\ntest: train.csv\n"
        + "text: [a, b]\nlabel: score\nmax_length: 16"
    private static let tokens =
        "kind: token_classification\ntrain: train.conll\nvalidation: 0.25\n"
        + "test: train.conll\nmax_length: 16"

    private static func write(to place: Workplace) throws {
        try TinyTask.write(to: place)
        let animals = ["cat", "dog", "bird"]
        let scores = (0..<40).map {
            "the \(animals[$0 % 3]) ran,it sees the \(animals[$0 % 2]),\($0 % 3).5\n"
        }
        try place.write("train.csv", "a,b,score\n" + scores.joined())
        let words = (0..<40).map { "the\tO\n\(animals[$0 % 3])\tB-animal\nran\tO\n\n" }
        try place.write("train.conll", words.joined())
    }

    private static func front(_ name: String, _ task: String, seeks metric: String) async throws {
        try await Workplace.use { place in
            try write(to: place)
            try place.write("study.yaml", study(name, task))
            let run = try await place.run("run", "study.yaml")
            #expect(run.status == 0, "\(run.error)")
            #expect(run.output.contains("test_\(metric)") && !run.output.contains("_low"))
            let shown = try JSON.parse(await place.output("study", "show", name))
            #expect(try JSONSchema(named: "study").errors(in: shown) == [])
            let front = try await place.json("front", name)
            #expect(try JSONSchema(named: "front").errors(in: front) == [])
            #expect(front["hypervolume"]?.number != nil)
            #expect(front["objectives"]?.array?.first?["metric"] == .string(metric))
            for member in try #require(front["trials"]?.array) {
                for name in [metric, "\(metric)_low", "test_\(metric)", "test_\(metric)_high"] {
                    #expect(member["measurements"]?[name]?.number != nil, "\(name)")
                }
            }
            let trials = try await place.json("trials", name)
            #expect(try JSONSchema(named: "trials").errors(in: trials) == [])
            #expect(trials["trials"]?.array?.count == 8)
        }
    }

    @Test func `a regression seeks Pearson's correlation`() async throws {
        try await Self.front("regression", Self.regression, seeks: "pearson")
    }

    @Test func `a token classification seeks the F1 of spans`() async throws {
        try await Self.front("tokens", Self.tokens, seeks: "span_f1")
    }

    @Test func `a tagger is handed over and tells spans`() async throws {
        try await Workplace.use { place in
            try Self.write(to: place)
            try place.write("study.yaml", Self.study("tokens", Self.tokens))
            try place.write(
                "configuration.json",
                """
                {"components": [{"lora": {"ranks": {"1.query": 4, "2.value": 4}}}], "head": {"pooler": "absent"},
                 "training": {"epochs": 20, "learning_rate": 0.02, "batch_size": 8}}
                """)
            let trained = try await place.run(
                "train", "study.yaml", "--configuration", "configuration.json", "--out", "tagger")
            #expect(trained.status == 0, "\(trained.error)")
            try place.write("words.conll", "the\ncat\nran\n\nthe\n")
            let lines = try await place.program.run(["predict", "tagger", "--input", "words.conll"]).output
                .split(separator: "\n").map { try JSON.parse(String($0)) }
            #expect(lines.map { $0["words"] } == [["the", "cat", "ran"], ["the"]])
            #expect(lines.map { $0["labels"] } == [["O", "B-animal", "O"], ["O"]])
            #expect(
                lines.map { $0["spans"] }
                    == [[["type": "animal", "start": 1, "end": 2, "text": "cat"]], []])
            #expect(lines[0]["logits"]?.array?.map { $0.array?.count } == [2, 2, 2])
            let table = try await place.program.run(
                ["predict", "tagger", "--input", "words.conll", "--format", "csv"]).output
            let records = try CommaSeparated.records(table)
            #expect(records[0].prefix(3) == ["sentence", "word", "label"])
            #expect(
                records.dropFirst().map { $0.prefix(3) } == [
                    ["1", "the", "O"], ["1", "cat", "B-animal"], ["1", "ran", "O"], ["2", "the", "O"],
                ])
        }
    }

    @Test func `a plan says what the labels are`() async throws {
        try await Workplace.use { place in
            try Self.write(to: place)
            try place.write("study.yaml", Self.study("planned", Self.regression))
            let regression = try await place.output("plan", "study.yaml")
            #expect(regression.contains("40 test examples of numbers with mean 1.533, deviation 0.836"))
            try place.write("study.yaml", Self.study("planned", Self.tokens))
            #expect(try await place.output("plan", "study.yaml").contains("40 test examples of 2 tags"))
        }
    }

    private struct Refusal: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let study: String
        let message: String
    }

    private static let refusals = [
        Refusal(
            testDescription: "columns of tagged words",
            study: study("a", tokens + "\nlabel: tag"),
            message:
                "study.yaml:10: task.label: the columns of a .conll file have no names: the first is the "
                + "word, the last its tag\n  try: the task without label"),
        Refusal(
            testDescription: "classes of a regression",
            study: study("a", regression + "\ntrain_per_class: 4"),
            message: "study.yaml:12: task.train_per_class: a regression task has no classes to draw from\n"
                + "  try: train_examples: 4"),
        Refusal(
            testDescription: "two subsets",
            study: study("a", regression + "\ntrain_per_class: 4\ntrain_examples: 4"),
            message: "study.yaml:13: task.train_examples: stands beside train_per_class: expected one of them"
        ),
        Refusal(
            testDescription: "more examples than there are",
            study: study("a", regression + "\ntrain_examples: 31"),
            message:
                "study.yaml:12: task.train_examples: FOLDER/train.csv: 31 are wanted, 30 are left to train on"
        ),
        Refusal(
            testDescription: "labels that are no numbers",
            study: study(
                "a", regression.replacing("label: score", with: "label: b").replacing("[a, b]", with: "a")),
            message: "FOLDER/train.csv:2: b: expected a number, found \"it sees the cat\""),
        Refusal(
            testDescription: "a pooler over all tokens",
            study: study("a", tokens).replacing(
                "space: lora", with: "space: {head.pooler: {choice: [trained]}}"),
            message:
                "study.yaml:10: space.head.pooler: a token classifier has no pooler: expected absent alone\n"
                + "  try: head.pooler: {choice: [absent]}"),
    ]

    @Test(arguments: refusals)
    private func `what does not suit the kind is refused with its line`(_ refusal: Refusal) async throws {
        try await Workplace.use { place in
            try Self.write(to: place)
            try place.write("study.yaml", refusal.study)
            let ending = try await place.program.run(["study", "create", "study.yaml", "--data-dir", "store"])
            #expect(ending.status == 65 && ending.output == "")
            #expect(ending.error.replacing(place.folder, with: "FOLDER") == "error: \(refusal.message)\n")
        }
    }

    @Test func `few examples of every class are part of the resolved study`() async throws {
        try await Workplace.use { place in
            try TinyTask.write(to: place)
            try place.write(
                "study.yaml",
                TinyTask.study.replacing("  max_length: 16", with: "  max_length: 16\n  train_per_class: 4")
                    .replacing("study: sample", with: "study: few"))
            let made = try await place.run("study", "create", "study.yaml")
            #expect(made.status == 0, "\(made.error)")
            let shown = try JSON.parse(await place.output("study", "show", "few"))
            #expect(shown["task"]?["train_per_class"] == 4 && shown["data"]?["train_examples"] == 8)
            #expect(try JSONSchema(named: "study").errors(in: shown) == [])
        }
    }
}
