import Experiments
import Foundation
import Testing

/// Native studies replayed through the whole program, as they are stored and
/// after somebody changed something.
@Suite(.needsPostgres, .timeLimit(.minutes(5)))
struct ReplayTests {
    /// Rungs, derived trials, replicates and tests in one study.
    private static func run(_ name: String, in place: Workplace) async throws {
        try TinyTask.write(
            to: place,
            study: TinyTask.study.replacing("study: sample", with: "study: \(name)")
                .replacing("trials: 8", with: "trials: 9, rungs: 2, derived: 2, replicate_front: 2"))
        let run = try await place.run("run", "study.yaml", "--workers", "2")
        #expect(run.status == 0, "\(run.error)")
    }

    private static func trials(_ name: String, in place: Workplace) async throws -> [JSON] {
        try #require(try await place.json("trials", name)["trials"]?.array)
    }

    private static func front(_ name: String, in place: Workplace) async throws -> [JSON] {
        try #require(try await place.json("front", name)["trials"]?.array)
    }

    /// A statement on the tables that readers must not rely on.
    private static func change(_ statement: String, in place: Workplace) async throws {
        let ending = try await place.shell(
            #"psql -qv ON_ERROR_STOP=1 "$($PEFTSEARCH database url --data-dir "$STORE")" "#
                + #"-c "SET search_path = peftsearch; "# + statement + #"""#)
        #expect(ending.status == 0, "\(ending.error)")
    }

    @Test func `trials, derived ones, stopped ones and replicates come out bit for bit`() async throws {
        try await Workplace.use { place in
            try await Self.run("replayed", in: place)
            let all = try await Self.trials("replayed", in: place)
            let chosen = [
                all.first { $0["state"] == "done" && $0["parent"] == .null },
                all.first { $0["parent"] != .null }, all.first { $0["state"] == "stopped" },
            ]
            for trial in chosen {
                let number = try #require(trial?["number"]?.integer)
                let replay = try await place.json("replay", "replayed", "\(number)")
                #expect(try JSONSchema(named: "replay").errors(in: replay) == [])
                #expect(replay["verdict"] == "same" && replay["trained"] == true)
                #expect(replay["first_difference"] == .null && replay["steps"]?.integer ?? 0 > 0)
                #expect(replay["artifact"]?["found"] == trial?["artifact"])
                #expect(replay["program"]?["recorded"] == replay["program"]?["found"])
                #expect(replay["threads"] == 1)
                let values = try #require(replay["measurements"]?.array)
                #expect(values.contains { $0["kind"] == "deterministic" && $0["same"] == true })
                #expect(values.allSatisfy { ($0["kind"] == "observed") == ($0["same"] == .null) })
            }
            let member = try #require(
                try await Self.front("replayed", in: place).first { $0["replicates"] != nil })
            let number = try #require(member["number"]?.integer)
            let replicate = try await place.json("replay", "replayed", "\(number)", "--replicate", "1")
            #expect(replicate["verdict"] == "same" && replicate["replicate"] == 1)
            #expect(replicate["seed"] == member["replicates"]?.array?.first?["seed"])
            #expect(replicate["artifact"]?["found"]?.string != nil)
            let text = try await place.output("replay", "replayed", "\(number)")
            #expect(text.hasPrefix("trial \(number) of replayed: the same, bit for bit\n"))
            #expect(text.contains("test_accuracy"))
        }
    }

    @Test func `a whole front is made again, and goes on after an interruption`() async throws {
        try await Workplace.use { place in
            try await Self.run("rebuilt", in: place)
            // The first training is done and noted when the second begins. The shell
            // watches, because this process may be busy with other tests.
            let interrupted = try await place.shell(
                """
                "$PEFTSEARCH" replay rebuilt --study --data-dir "$STORE" 2> said &
                until grep -q ' (2 of ' said || ! kill -0 $!; do sleep 0.01; done
                kill -TERM $!
                wait $!
                status=$?
                cat said >&2
                exit $status
                """)
            #expect(interrupted.status == 143, "\(interrupted.error)")
            #expect(interrupted.error.hasSuffix("everything is saved, the same command goes on\n"))
            let ending = try await place.run("replay", "rebuilt", "--study", "--format", "json")
            #expect(ending.status == 0, "\(ending.error)")
            #expect(ending.error.contains(": the same, as was found before the interruption"))
            let replay = try JSON.parse(ending.output)
            #expect(try JSONSchema(named: "replay-study").errors(in: replay) == [])
            #expect(replay["verdict"] == "same" && replay["plan"]?["first_difference"] == .null)
            let trials = try await Self.trials("rebuilt", in: place)
            #expect(replay["plan"]?["decisions"]?.integer ?? 0 > trials.count)
            let front = try await Self.front("rebuilt", in: place)
            let replayed = try #require(replay["replays"]?.array)
            let own = replayed.filter { $0["replicate"] == .null }
            #expect(Set(own.compactMap { $0["trial"] }) == Set(front.compactMap { $0["number"] }))
            #expect(replayed.count > own.count, "replicates are replayed, too")
            // Once it is done nothing is taken from notes.
            let again = try await place.run("replay", "rebuilt", "--study")
            #expect(again.status == 0 && !again.error.contains("as was found before"))
            #expect(again.output.hasPrefix("rebuilt: the same, bit for bit\n"))
        }
    }

    @Test func `the first thing that differs is named`() async throws {
        try await Workplace.use(ownDatabase: true) { place in
            try await Self.run("tampered", in: place)
            func first(_ number: Int, status: Int32 = 1) async throws -> JSON {
                let ending = try await place.run("replay", "tampered", "\(number)", "--format", "json")
                #expect(ending.status == status, "\(ending.error)")
                let replay = try JSON.parse(ending.output)
                #expect(try JSONSchema(named: "replay").errors(in: replay) == [])
                return try #require(replay["first_difference"])
            }
            // A bit of a measurement: of this trial alone, and the last step stays equal.
            try await Self.change(
                "UPDATE measurement SET value = value + 1e-15 WHERE trial_number = 0 AND rung = 1 AND name = 'loss'",
                in: place)
            #expect(try await first(0)["quantity"] == "measurement")
            #expect(try await first(0)["name"] == "loss")
            // The course of the training: its fourth point.
            try await Self.change(
                """
                UPDATE attempt SET record = regexp_replace(record::text, '(points.{3}.{12}).{4}', '\\1ffff')::json \
                WHERE trial_number = 1 AND rung = 1 AND purpose = 'train'
                """, in: place)
            let step = try await first(1)
            #expect(step["quantity"] == "step" && step["name"] == "4", "\(step)")
            try await Self.change(
                "UPDATE trial SET seed = seed + 1 WHERE number = 2", in: place)
            let seed = try await first(2)
            #expect(seed["quantity"] == "input" && seed["name"] == "seed")
            let study = try await place.run("replay", "tampered", "--study", "--format", "json")
            #expect(study.status == 1)
            let plan = try JSON.parse(study.output)
            #expect(try JSONSchema(named: "replay-study").errors(in: plan) == [])
            #expect(plan["plan"]?["first_difference"]?["subject"] == "trial 2")
            #expect(plan["plan"]?["first_difference"]?["key"] == "seed")
            #expect(plan["replays"] == [])
            try await Self.checkMachine(place)
            let rows = try String(contentsOfFile: place.path("train.tsv"), encoding: .utf8)
            try place.write("train.tsv", rows.replacing("small", with: "big"))
            let file = try await first(3)
            #expect(file["quantity"] == "input" && file["name"] == .string(place.path("train.tsv")))
            #expect(file["recorded"]?.string?.count == 64 && file["found"] != file["recorded"])
            try FileManager.default.removeItem(atPath: place.path("train.tsv"))
            let missing = try await place.run("replay", "tampered", "3")
            #expect(missing.status == 65 && missing.error.contains("train.tsv: there is no such file"))
        }
    }

    /// Another compute class is said before anything is trained, and trained in
    /// only with a tolerance.
    private static func checkMachine(_ place: Workplace) async throws {
        let other = ["PEFTSEARCH_OPENBLAS_CORETYPE": "Nehalem"]
        let refused = try await place.run(
            "replay", "tampered", "3", "--format", "json", environment: other)
        #expect(refused.status == 1)
        let replay = try JSON.parse(refused.output)
        #expect(replay["trained"] == false && replay["first_difference"]?["quantity"] == "compute_class")
        #expect(replay["first_difference"]?["name"] == "libraries")
        let close = try await place.run(
            "replay", "tampered", "3", "--format", "json", "--tolerance", "0.1", environment: other)
        #expect(close.status == 0, "\(close.error)\(close.output)")
        #expect(close.error.contains("of another compute class, so bits are not compared"))
        #expect(try JSON.parse(close.output)["verdict"] == "within_tolerance")
        // In the class of the record bits are compared whatever is tolerated.
        let same = try await place.json("replay", "tampered", "3", "--tolerance", "0.1")
        #expect(same["verdict"] == "same" && same["tolerance"] == .null)
    }

    @Test func `a command runs again, and what it reports as observed is not compared`() async throws {
        try await Workplace.use { place in
            try ScriptedStudy.write(to: place, name: "commanded", trials: 4)
            #expect(try await place.run("run", "study.yaml").status == 0)
            let ending = try await place.run("replay", "commanded", "2", "--format", "json")
            #expect(ending.status == 0, "\(ending.error)")
            #expect(ending.error.contains("note: a command's numbers are as repeatable as its program"))
            let replay = try JSON.parse(ending.output)
            #expect(try JSONSchema(named: "replay").errors(in: replay) == [])
            let values = try #require(replay["measurements"]?.array)
            #expect(values.first { $0["name"] == "train_seconds" }?["same"] == .null)
            #expect(values.first { $0["name"] == "score" }?["same"] == true)
            let front = try await place.run("replay", "commanded", "--study")
            #expect(front.status == 0, "\(front.error)\(front.output)")
            let script = try String(contentsOfFile: place.path("train.sh"), encoding: .utf8)
            try place.write("train.sh", script.replacing("% 9000 + 1000", with: "% 8000 + 1000"))
            let other = try await place.run("replay", "commanded", "2")
            #expect(other.status == 1)
            #expect(other.output.contains("first difference: measurement score at rung 0: recorded 0."))
        }
    }

    @Test func `what cannot be replayed is refused with its reason`() async throws {
        try await Workplace.use { place in
            try ScriptedStudy.write(
                to: place, name: "refused", trials: 3, before: "[ \"$number\" = 1 ] && exit 3")
            #expect(try await place.run("study", "create", "study.yaml").status == 0)
            let early = try await place.run("replay", "refused", "--study")
            #expect(early.status == 65)
            #expect(early.error.contains("refused: is running; a complete study can be replayed"))
            #expect(try await place.run("run", "study.yaml").status == 0)
            let crashed = try await place.run("replay", "refused", "1")
            #expect(crashed.status == 65)
            #expect(crashed.error.contains("failed (crashed), which depends on machines"))
            #expect(try await place.run("replay", "refused", "9").status == 65)
            let replicate = try await place.run("replay", "refused", "0", "--replicate", "1")
            #expect(replicate.status == 65 && replicate.error.contains("has no replicate 1"))
            for arguments in [
                ["refused"], ["refused", "1", "--study"], ["refused", "--study", "--replicate", "1"],
            ] {
                let usage = try await place.program.run(
                    ["replay"] + arguments + ["--data-dir", place.dataFolder])
                #expect(usage.status == 64, "\(arguments)")
            }
        }
    }

    @Test func `a trial that diverged diverges again at its step`() async throws {
        try await Workplace.use { place in
            try ScriptedStudy.write(
                to: place, name: "diverging", trials: 2,
                before: #"[ "$number" = 1 ] && { echo '{"result":{"metrics":{"score":NaN}}}'; exit 0; }"#)
            #expect(try await place.run("run", "study.yaml").status == 0)
            let replay = try await place.run("replay", "diverging", "1")
            #expect(replay.status == 0, "\(replay.error)\(replay.output)")
            let script = try String(contentsOfFile: place.path("train.sh"), encoding: .utf8)
            try place.write("train.sh", script.replacing("NaN", with: "1"))
            let other = try await place.run("replay", "diverging", "1")
            #expect(other.status == 1 || other.status == 65, "\(other.error)\(other.output)")
            #expect((other.output + other.error).contains("diverged"))
        }
    }
}
