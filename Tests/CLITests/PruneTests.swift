import Experiments
import Foundation
import Testing

/// Trained tensors that nobody needs any more, and the disk that they need.
@Suite(.needsPostgres, .timeLimit(.minutes(5)))
struct PruneTests {
    private static func files(_ place: Workplace) throws -> Set<String> {
        Set(try FileManager.default.contentsOfDirectory(atPath: place.dataFolder + "/artifacts"))
    }

    @Test func `what was never on the front goes, and is trained again where it is wanted`() async throws {
        try await Workplace.use(ownDatabase: true) { place in
            try TinyTask.write(
                to: place,
                study: TinyTask.study.replacing(
                    "trials: 8", with: "trials: 8, derived: 1, replicate_front: 2"))
            #expect(try await place.run("run", "study.yaml", "--workers", "2").status == 0)
            let partial = "\(place.dataFolder)/artifacts/partial-elsewhere-7.safetensors"
            try Data("half".utf8).write(to: URL(fileURLWithPath: partial))
            try FileManager.default.setAttributes(
                [.modificationDate: Date(timeIntervalSinceNow: -200_000)], ofItemAtPath: partial)
            let before = try Self.files(place)
            let said = try await place.output("study", "prune", "sample", "--dry-run")
            #expect(said.hasPrefix("would remove "))
            #expect(try Self.files(place) == before)
            let done = try await place.output("study", "prune", "sample")
            #expect(done == said.replacing("would remove", with: "removed"))
            let after = try Self.files(place)
            #expect(after.isStrictSubset(of: before) && !after.contains("partial-elsewhere-7.safetensors"))
            let again = try await place.output("study", "prune", "sample")
            #expect(again.hasPrefix("removed 0 files"))
            let trials = try #require(try await place.json("trials", "sample")["trials"]?.array)
            let gone = trials.filter { !after.contains("\($0["artifact"]?.string ?? "").safetensors") }
            #expect(!gone.isEmpty)
            for member in try #require(try await place.json("front", "sample")["trials"]?.array) {
                let number = try #require(member["number"]?.integer)
                let export = try await place.run("export", "sample", "\(number)", "--out", "member-\(number)")
                #expect(export.status == 0, "\(export.error)")
            }
            for trial in [gone.first { $0["parent"] == .null }, gone.first { $0["parent"] != .null }] {
                try await Self.export(try #require(trial?["number"]?.integer), in: place)
            }
        }
    }

    private static func export(_ number: Int, in place: Workplace) async throws {
        let refused = try await place.run("export", "sample", "\(number)", "--out", "gone-\(number)")
        #expect(refused.status == 65)
        #expect(
            refused.error.contains("the trained tensors are not here") && refused.error.contains("--retrain"))
        let made = try await place.run(
            "export", "sample", "\(number)", "--out", "gone-\(number)", "--retrain")
        #expect(made.status == 0, "\(made.error)")
        #expect(FileManager.default.fileExists(atPath: place.path("gone-\(number)/README.md")))
    }

    @Test func `a study that is not complete is not pruned`() async throws {
        try await Workplace.use { place in
            try ScriptedStudy.write(to: place, name: "unpruned", trials: 1)
            #expect(try await place.run("study", "create", "study.yaml").status == 0)
            let prune = try await place.run("study", "prune", "unpruned")
            #expect(prune.status == 65 && prune.error.contains("unpruned: is running; "))
        }
    }

    @Test func `without room on the disk nothing begins, and it is said once`() async throws {
        try await Workplace.use { place in
            try ScriptedStudy.write(to: place, name: "roomless", trials: 2)
            let run = try await place.run("run", "study.yaml", "--disk-floor", "1000000000") {
                line, process in
                if line.hasPrefix("the disk of --data-dir has ") { kill(process, SIGTERM) }
            }
            #expect(run.status == 143)
            #expect(run.error.split(separator: "\n").count { $0.hasPrefix("the disk of --data-dir") } == 1)
            #expect(try await place.output("trials", "roomless", "--format", "jsonl").isEmpty)
            #expect(try await place.run("run", "study.yaml").status == 0)
        }
    }
}
