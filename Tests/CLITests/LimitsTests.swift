import Experiments
import Foundation
import Testing

/// Limits of time and energy, the stopping rule and warm start, through the
/// whole program.
@Suite(.needsPostgres, .timeLimit(.minutes(5)))
struct LimitsTests {
    private static func write(
        to place: Workplace, name: String, search: String, before lines: String = ""
    ) throws {
        try ScriptedStudy.write(to: place, name: name, trials: 7, before: lines)
        let study = try String(contentsOfFile: place.path("study.yaml"), encoding: .utf8)
        try place.write("study.yaml", study.replacing("trials: 7", with: search))
    }

    private static func show(_ place: Workplace, _ name: String) async throws -> JSON {
        try JSON.parse(await place.output("study", "show", name))
    }

    @Test func `energy that is reported ends a search, and more of it goes on`() async throws {
        try await Workplace.use { place in
            try Self.write(to: place, name: "metered", search: "energy: 1kJ")
            let script = try String(contentsOfFile: place.path("train.sh"), encoding: .utf8)
            try place.write(
                "train.sh",
                script.replacing("\"train_seconds\"", with: "\"energy_joules\":100,\"train_seconds\""))
            let run = try await place.run("run", "study.yaml", "--workers", "2")
            #expect(run.status == 0, "\(run.error)")
            let show = try await Self.show(place, "metered")
            #expect(try JSONSchema(named: "study").errors(in: show) == [])
            #expect(show["cut"]?["reason"] == "energy")
            let count = try #require(show["cut"]?["trials"]?.integer)
            #expect((8...10).contains(count))
            #expect(show["search"]?["limits"] == ["energy": 1000, "watts_per_slot": 4])
            #expect(
                run.output.contains("the search ended after \(count) trials: its 1 kJ are used up"),
                "\(run.output)")
            #expect(run.error.contains("  a larger search.energy in the study file"), "\(run.error)")
            #expect(run.error.contains("of 1 kJ left"), "\(run.error)")
            let list = try await place.json("study", "list")
            #expect(try JSONSchema(named: "studies").errors(in: list) == [])

            // The same study with a budget of so many trials has the same ones.
            let trials = try await place.output("trials", "metered", "--format", "jsonl")
            #expect(try await place.run("study", "delete", "metered", "--yes").status == 0)
            let study = try String(contentsOfFile: place.path("study.yaml"), encoding: .utf8)
            try place.write("study.yaml", study.replacing("energy: 1kJ", with: "trials: \(count)"))
            #expect(try await place.run("run", "study.yaml").status == 0)
            #expect(
                try await ComparableTrial.texts(place.output("trials", "metered", "--format", "jsonl"))
                    == ComparableTrial.texts(trials))

            try place.write("study.yaml", study.replacing("energy: 1kJ", with: "trials: \(count + 5)"))
            let grown = try await place.run("run", "study.yaml")
            #expect(grown.output.contains("of \(count + 5) trials"), "\(grown.output)")
        }
    }

    @Test func `wall time ends a search, and a smaller one is refused`() async throws {
        try await Workplace.use { place in
            try Self.write(to: place, name: "timed", search: "wall_time: 2s", before: "sleep 0.3")
            let run = try await place.run("run", "study.yaml", "--workers", "2")
            #expect(run.status == 0, "\(run.error)")
            #expect(run.output.contains("its 2 s of wall time are used up"), "\(run.output)")
            let show = try await Self.show(place, "timed")
            let count = try #require(show["cut"]?["trials"]?.integer)
            #expect((4...30).contains(count))
            #expect(show["search"]?["trials"] == 10_000)
            let study = try String(contentsOfFile: place.path("study.yaml"), encoding: .utf8)
            try place.write("study.yaml", study.replacing("wall_time: 2s", with: "wall_time: 1s"))
            let refused = try await place.run("run", "study.yaml")
            #expect(refused.status == 65)
            #expect(
                refused.error.contains("search.wall_time: permits less than the stored study"),
                "\(refused.error)")
            try place.write("study.yaml", study.replacing("wall_time: 2s", with: "wall_time: 20s"))
            #expect(try await place.run("run", "study.yaml", "--workers", "2").status == 0)
            let more = try await Self.show(place, "timed")
            #expect((more["cut"]?["trials"]?.integer ?? 0) > count)
        }
    }

    @Test func `a stopping rule ends a search whatever the number of workers`() async throws {
        try await Workplace.use { place in
            var counts: [JSON?] = []
            for workers in ["1", "4"] {
                try Self.write(
                    to: place, name: "stopping",
                    search: "trials: 300, stop: {improvement_below: 0.05, patience: 6}")
                let run = try await place.run("run", "study.yaml", "--workers", workers)
                #expect(run.output.contains("would improve the front by little"), "\(run.output)")
                let show = try await Self.show(place, "stopping")
                #expect(show["cut"]?["reason"] == "improvement")
                counts.append(show["cut"]?["trials"])
                #expect(try await place.run("study", "delete", "stopping", "--yes").status == 0)
            }
            #expect(counts[0] == counts[1])
            #expect((counts[0]?.integer ?? 300) < 300)
        }
    }

    @Test func `a study begins from a finished one, and keeps what it read`() async throws {
        try await Workplace.use { place in
            try ScriptedStudy.write(to: place, name: "warm-source", trials: 12)
            #expect(try await place.run("run", "study.yaml", "--workers", "2").status == 0)
            try Self.write(to: place, name: "warm-next", search: "trials: 8, warm_start: [warm-source]")
            let run = try await place.run("run", "study.yaml", "--workers", "2")
            #expect(run.status == 0, "\(run.error)")
            #expect(run.error.contains("warm start from warm-source (12 trials)"), "\(run.error)")
            let show = try await Self.show(place, "warm-next")
            #expect(try JSONSchema(named: "study").errors(in: show) == [])
            let read = try #require(show["search"]?["warm_start"]?["sources"]?.array?.first)
            #expect(read["study"] == "warm-source" && read["similarity"] == 1)
            // What was read decides without a store, too.
            try place.write("shown.json", show.canonicalText)
            let asked = try await place.program.run(["ask", "shown.json"])
            let proposed = asked.output.split(separator: "\n").compactMap { try? JSON.parse(String($0)) }
                .compactMap { $0["trial"]?["configuration"] }
            let trials = try await place.output("trials", "warm-next", "--format", "jsonl")
            let stored = try trials.split(separator: "\n").compactMap {
                try JSON.parse(String($0))["configuration"]
            }
            #expect(proposed.count == 4 && proposed == Array(stored.prefix(4)))
            // The source may change or go: the study stays what it is.
            #expect(try await place.run("study", "delete", "warm-source", "--yes").status == 0)
            let again = try await place.run("run", "study.yaml")
            #expect(again.status == 0, "\(again.error)")
            let other = try String(contentsOfFile: place.path("study.yaml"), encoding: .utf8)
            try place.write("study.yaml", other.replacing(", warm_start: [warm-source]", with: ""))
            let refused = try await place.run("run", "study.yaml")
            #expect(refused.status == 65)
            #expect(
                refused.error.contains("search.warm_start: was a map of 3, is nothing"), "\(refused.error)")
        }
    }

    @Test func `sources that cannot be read are refused with the reason`() async throws {
        try await Workplace.use { place in
            try ScriptedStudy.write(to: place, name: "warm-unfinished", trials: 3)
            #expect(try await place.run("study", "create", "study.yaml").status == 0)
            try ScriptedStudy.write(to: place, name: "warm-other", trials: 3)
            let space = try #require(
                ScriptedStudy.study(name: "warm-other", trials: 3).firstRange(of: /space:\n(?: +.*\n)+/))
            try place.write(
                "study.yaml",
                ScriptedStudy.study(name: "warm-other", trials: 3)
                    .replacingCharacters(in: space, with: "space: {parameters: {a: {int: [1, 9]}}}\n"))
            #expect(try await place.run("run", "study.yaml").status == 0)
            for (source, message) in [
                ("warm-unfinished", "warm-unfinished is running, and only a complete study can be read"),
                ("warm-missing", "warm-missing: no such study"),
                ("warm-other", "warm-other has no finished trial that the new study's space contains"),
                ("warm-self", "a study cannot begin from itself"),
            ] {
                try Self.write(to: place, name: "warm-self", search: "warm_start: [\(source)]")
                let run = try await place.run("run", "study.yaml")
                #expect(run.status == 65)
                #expect(run.error.contains(message), "\(run.error)")
            }
            try Self.write(to: place, name: "warm-self", search: "warm_start: auto")
            let ask = try await place.program.run(["ask", "study.yaml"])
            #expect(ask.status == 65)
            #expect(ask.error.contains("search.warm_start: needs a store"), "\(ask.error)")
        }
    }
}

struct LimitsFileTests {
    private static let time = "expected a time such as 90s, 45min, 2h or 1d"

    @Test(arguments: [
        ("wall_time: 2", "wall_time: \(time), found 2\n  try: wall_time: 2s"),
        ("wall_time: two hours", "wall_time: \(time), found \"two hours\""),
        ("wall_time: 2 weeks", "wall_time: \(time), found \"2 weeks\""),
        ("wall_time: 0h", "wall_time: \(time), found \"0h\""),
        ("wall_time: -1h", "wall_time: \(time), found \"-1h\""),
        ("wall_time: 1h 30", "wall_time: \(time), found \"1h 30\""),
        ("energy: 5", "energy: expected an energy such as 50kJ or 0.2kWh, found 5\n  try: energy: 5J"),
        ("energy: 5 W", "energy: expected an energy such as 50kJ or 0.2kWh, found \"5 W\""),
        ("watts_per_slot: 5", "watts_per_slot: has a meaning only beside energy"),
        (
            "stop: {patience: 0}",
            "stop.patience: expected a whole number from 1 to 100000, found 0"
        ),
        (
            "stop: {improvement_below: 2}",
            "stop.improvement_below: expected a number above 0 and up to 1, found 2"
        ),
        (
            "warm_start: other",
            "warm_start: expected auto or a list of 1 to 4 different studies, found \"other\""
        ),
        (
            "warm_start: [a, a]",
            "warm_start: expected auto or a list of 1 to 4 different studies, found a list of 2"
        ),
        ("warm_start: [sample]", "warm_start: a study cannot begin from itself"),
    ])
    func `a limit that cannot be read is refused with its key`(text: String, message: String) async throws {
        try await BadInput(
            text, replacing: "trials: 8", by: text, says: "study.yaml:13: search.\(message)"
        ).check()
    }
}
