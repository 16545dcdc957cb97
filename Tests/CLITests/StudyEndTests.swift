import Foundation
import Storage
import Testing

/// What a study says at its end, and what it leaves.
@Suite(.needsPostgres, .timeLimit(.minutes(3)))
struct StudyEndTests {
    @Test func `a front without members says whether any trial has finished`() async throws {
        try await Workplace.use { place in
            try ScriptedStudy.write(to: place, name: "bounded", trials: 3)
            try place.write(
                "study.yaml",
                ScriptedStudy.study(name: "bounded", trials: 3).replacing("size <= 60", with: "size <= 0"))
            #expect(try await place.run("study", "create", "study.yaml").status == 0)
            let before = try await place.run("front", "bounded", "--pick", "knee")
            #expect(before.status == 1)
            #expect(before.error == "the front of bounded is empty: no trial has finished\n")

            let run = try await place.run("run", "study.yaml")
            #expect(run.status == 0)
            let reason = "3 trials finished, none keeps the constraints"
            #expect(
                run.error.contains("\n\(reason), so there is no front: peftsearch trials bounded"),
                "\(run.error)")
            let front = try await place.run("front", "bounded")
            #expect(front.error == "the front is empty: \(reason)\n")
            let pick = try await place.run("front", "bounded", "--pick", "knee")
            #expect(pick.error == "the front of bounded is empty: \(reason)\n")
        }
    }

    @Test func `a study that is deleted under a run ends it with status 65`() async throws {
        try await Workplace.use { place in
            try ScriptedStudy.write(
                to: place, name: "removed", trials: 2, before: "echo > started; exec sleep 60")
            async let ending = place.run("run", "study.yaml")
            while !FileManager.default.fileExists(atPath: place.path("started")) {
                try await Task.sleep(for: .milliseconds(20))
            }
            #expect(try await place.run("study", "delete", "removed", "--yes").status == 0)
            let run = try await ending
            #expect(run.status == 65)
            #expect(run.error.hasSuffix("\nerror: the study was deleted\n"), "\(run.error)")
        }
    }

    @Test func `a crash is told by its headline, and its folder goes with the study`() async throws {
        try await Workplace.use { place in
            try ScriptedStudy.write(
                to: place, name: "crashing", trials: 1,
                before: """
                    workdir=${request#*'"workdir":"'}
                    echo "${workdir%%\\"*}" > where
                    echo 'Traceback: line 1' >&2; echo 'ValueError: x' >&2; exit 3
                    """)
            let run = try await place.run("run", "study.yaml")
            #expect(run.status == 0)
            #expect(
                run.error.contains(
                    "trial 0 failed (crashed): ended with exit status 3: ValueError: x; 1/1 trials"),
                "\(run.error)")
            let folder = try String(contentsOfFile: place.path("where"), encoding: .utf8)
                .trimmingCharacters(in: .newlines)
            #expect(FileManager.default.fileExists(atPath: folder))
            #expect(try await place.run("study", "delete", "crashing", "--yes").status == 0)
            let parent = (folder as NSString).deletingLastPathComponent
            #expect(!FileManager.default.fileExists(atPath: parent))
        }
    }

    @Test func `hints are complete commands, and a space that is used up is told`() async throws {
        try await Workplace.use { place in
            let store = "it's here"
            defer { EmbeddedPostgres(dataFolder: place.path(store)).abandon() }
            let study = ScriptedStudy.study(name: "small", trials: 9)
            let space = try #require(study.firstRange(of: /space:\n(?: +.*\n)+/))
            try ScriptedStudy.write(to: place, name: "small", trials: 9)
            try place.write(
                "study.yaml",
                study.replacingCharacters(in: space, with: "space: {parameters: {a: {int: [1, 3]}}}\n"))
            let run = try await place.program.run(["run", "study.yaml", "--data-dir", store])
            #expect(run.status == 0)
            #expect(run.output.contains("\nthe space holds only 3 configurations\n"), "\(run.output)")
            #expect(!run.error.contains("a larger search.trials"))
            let hints = run.error.split(separator: "\n").filter { $0.hasPrefix("  peftsearch ") }
            #expect(hints.count == 4)
            for hint in hints {
                let command = hint.dropFirst("  peftsearch".count).prefix { $0 != "#" }
                    .replacing(#/     the .*/#, with: "")
                let ending = try await place.program.shell("\"$PEFTSEARCH\"\(command)")
                #expect(ending.status == 0, "\(command): \(ending.error)")
            }
        }
    }

    @Test func `splits that are one file are told`() async throws {
        try await Workplace.use { place in
            try ScriptedStudy.write(to: place, name: "repeated", trials: 1)
            try place.write("train.tsv", TinyTask.rows(8))
            try place.write("copy.tsv", TinyTask.rows(8))
            try place.write(
                "study.yaml",
                ScriptedStudy.study(name: "repeated", trials: 1)
                    + "task: {train: train.tsv, validation: copy.tsv, test: train.tsv, text: text, label: label}\n"
            )
            let create = try await place.run("study", "create", "study.yaml")
            #expect(create.status == 0)
            #expect(
                create.error.hasPrefix(
                    "note: validation is the same file as train\nnote: test is the same file as train\n"),
                "\(create.error)")
        }
    }
}
