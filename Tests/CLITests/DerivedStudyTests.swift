import Experiments
import Foundation
import Testing

/// A native study with derived trials through the whole program.
@Suite(.needsPostgres, .timeLimit(.minutes(5)))
struct DerivedStudyTests {
    private static func write(to place: Workplace, name: String) throws {
        try TinyTask.write(
            to: place,
            study: TinyTask.study.replacing("study: sample", with: "study: \(name)")
                .replacing("trials: 8", with: "trials: 9, derived: 3"))
    }

    @Test func `one worker or three: the same derived trials and the same front`() async throws {
        var results: [[String]] = []
        for workers in ["1", "3"] {
            try await Workplace.use { place in
                try Self.write(to: place, name: "derived-alike")
                let run = try await place.run("run", "study.yaml", "--workers", workers)
                #expect(run.status == 0, "\(run.error)")
                let trials = try ComparableTrial.texts(
                    await place.output("trials", "derived-alike", "--format", "jsonl"))
                let front = try await place.json("front", "derived-alike")
                results.append(trials + (front["trials"]?.array ?? []).map(ComparableTrial.member))
                #expect(try await place.run("study", "delete", "derived-alike", "--yes").status == 0)
            }
        }
        #expect(results[0] == results[1])
        #expect(results[0].count > 15)
    }

    @Test func `derived trials are read, tested, exported and predict as they were measured`() async throws {
        try await Workplace.use { place in
            try Self.write(to: place, name: "derived-read")
            let run = try await place.run("run", "study.yaml", "--workers", "2")
            #expect(run.status == 0, "\(run.error)")
            #expect(run.error.contains("(derived from ") && run.error.contains(" 9/9 trials"))
            #expect(!run.error.contains(" 10/9 trials"))
            #expect(
                run.output.hasPrefix("front of derived-read, ") && run.output.contains(" of 9 trials and "))
            let trials = try #require(try await place.json("trials", "derived-read")["trials"]?.array)
            let derived = trials.filter { $0["parent"] != .null }
            #expect(trials.count - derived.count == 9 && !derived.isEmpty)
            for trial in trials { #expect(try JSONSchema(named: "trial").errors(in: trial) == []) }
            for trial in derived {
                #expect(trial["state"] == "done" && trial["derivation"]?.string?.isEmpty == false)
                #expect(trial["attempts"] == 0 && trial["measurements"]?["train_seconds"] == nil)
            }
            let study = try JSON.parse(await place.output("study", "show", "derived-read"))
            #expect(study["search"]?["derived"] == 3)
            #expect(try JSONSchema(named: "study").errors(in: study) == [])
            let list = try await place.json("study", "list").array ?? []
            #expect(list.first { $0["study"] == "derived-read" }?["done"] == 9)
            let front = try await place.json("front", "derived-read")
            #expect(try JSONSchema(named: "front").errors(in: front) == [])
            let member = try #require(front["trials"]?.array?.first { $0["parent"] != .null })
            #expect(member["measurements"]?["test_accuracy"]?.number != nil)
            try await Self.checkExport(of: member, in: place)
        }
    }

    /// Right answers on the validation split are as many as were measured.
    private static func checkExport(of member: JSON, in place: Workplace) async throws {
        let number = try #require(member["number"]?.integer)
        let text = try await place.output("trial", "derived-read", "\(number)")
        #expect(text.contains("derived from trial \(member["parent"]!.integer!) without training: "))
        let export = try await place.run("export", "derived-read", "\(number)", "--out", "handed")
        #expect(export.status == 0, "\(export.error)")
        let card = try String(contentsOfFile: place.path("handed/README.md"), encoding: .utf8)
        #expect(card.contains("Follows from what trial \(member["parent"]!.integer!) trained"))
        for (file, metric) in [("validation.tsv", "accuracy"), ("test.tsv", "test_accuracy")] {
            let labels = try String(contentsOfFile: place.path(file), encoding: .utf8)
                .split(separator: "\n").dropFirst().map { $0.split(separator: "\t")[1] }
            let predicted = try await place.program.run(["predict", "handed", "--input", file]).output
                .split(separator: "\n").map { try JSON.parse(String($0))["label"]?.string ?? "" }
            let right = zip(labels, predicted).count { $0 == $1 }
            #expect(labels.count == 20 && predicted.count == 20)
            #expect(member["measurements"]?[metric]?.number == Double(right) / 20, "\(file)")
        }
    }

    @Test func `a plan says what is derived, and the budget stays what it was`() async throws {
        try await Workplace.use { place in
            try Self.write(to: place, name: "derived-planned")
            let plan = try await place.json("plan", "study.yaml")
            #expect(try JSONSchema(named: "plan").errors(in: plan) == [])
            #expect(plan["study"]?["search"]?["derived"] == 3 && plan["trials"] == 9)
            let text = try await place.output("plan", "study.yaml")
            #expect(text.contains("derived  at most 3 smaller configurations of each finished trial"))
        }
    }
}
