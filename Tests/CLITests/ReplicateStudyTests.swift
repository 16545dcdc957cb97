import Experiments
import Foundation
import Testing

/// Replicates through the whole program: study file, controller, workers,
/// PostgreSQL and readers.
@Suite(.needsPostgres, .timeLimit(.minutes(5)))
struct ReplicateStudyTests {
    /// The score is of the seed alone, so the best trial is a lucky one; every
    /// eleventh seed diverges after the search.
    private static let script = """
        read -r request
        member() { rest=${request#*"\\"$1\\":"}; rest=${rest%%,*}; printf %s "${rest%%\\}*}"; }
        # The first seed is the study's or the trial's; the trial's stands behind its rung.
        trial=${request#*'"trial":'}
        seed=${trial#*'"seed":'}
        seed=${seed%%[,\\}]*}
        echo "$(member number) $(member rung) $(member purpose) $(member resume) $seed" >> calls
        sum=$(printf %s "$seed" | cksum)
        sum=$((${sum%% *} % 9000 + 1000))
        printf '{"result":{"metrics":{"score":0.%s,"size":5}}}\\n' "$sum"

        """

    private static func write(to place: Workplace, name: String, trials: Int = 8, seeds: Int = 4) throws {
        let text = ScriptedStudy.study(name: name, trials: trials)
            .replacing("parallelism: 4}", with: "parallelism: 4, rungs: 2, replicate_front: \(seeds)}")
        try place.write("study.yaml", text)
        try place.write("train.sh", script)
    }

    @Test func `a lucky front member is trained from other seeds, alike with any workers`() async throws {
        var fronts: [String] = []
        for workers in ["1", "4"] {
            try await Workplace.use { place in
                try Self.write(to: place, name: "lucky")
                let run = try await place.run("run", "study.yaml", "--workers", workers)
                #expect(run.status == 0, "\(run.error)")
                #expect(run.output.contains("its members are trained from 4 seeds"), "\(run.output)")
                #expect(run.output.contains(" ± "), "\(run.output)")
                let front = try await place.json("front", "lucky")
                fronts.append(front.canonicalText)
                let members = try #require(front["trials"]?.array)
                #expect(!members.isEmpty)
                for member in members { try Self.check(member) }
                let calls = try String(contentsOfFile: place.path("calls"), encoding: .utf8)
                    .split(separator: "\n")
                // Replicates are trained in one go, to the engine like any training.
                #expect(calls.allSatisfy { $0.contains(" \"train\" ") })
                let number = try #require(members[0]["number"]?.integer)
                let own = calls.filter { $0.hasPrefix("\(number) ") }
                #expect(own.count == 2 + 3 && Set(own.map { $0.split(separator: " ").last }).count == 4)
                #expect(own.filter { $0.contains(" 1 \"train\" false ") }.count == 3, "\(own)")
                try await Self.checkReaders(place, number, run.output)
                #expect(try await place.run("study", "delete", "lucky", "--yes").status == 0)
            }
        }
        #expect(fronts[0] == fronts[1])
    }

    private static func check(_ member: JSON) throws {
        let replicates = try #require(member["replicates"]?.array)
        #expect(replicates.compactMap { $0["number"]?.integer } == [1, 2, 3])
        let own = try #require(member["values"]?["score"]?.number)
        let scores = [own] + replicates.compactMap { $0["values"]?["score"]?.number }
        let interval = try #require(member["intervals"]?["score"])
        let mean = try #require(interval["mean"]?.number)
        #expect(scores.count == 4 && interval["count"]?.integer == 4)
        #expect(abs(mean - scores.reduce(0, +) / 4) < 1e-12 && mean != own)
        #expect(try #require(interval["low"]?.number) < mean)
        #expect(member["intervals"]?["size"]?["low"]?.number == 5)
    }

    private static func checkReaders(_ place: Workplace, _ number: Int, _ first: String) async throws {
        let trial = try await place.json("trial", "lucky", "\(number)")
        #expect(trial["replicates"]?.array?.count == 3 && trial["attempts"]?.integer == 2)
        let history = try #require(trial["attempt_history"]?.array)
        #expect(history.compactMap { $0["replicate"]?.integer }.sorted() == [1, 2, 3])
        #expect(history.allSatisfy { ($0["rung"]?.integer ?? 9) <= 1 })
        #expect(try JSONSchema(named: "trial").errors(in: trial) == [])
        let front = try await place.json("front", "lucky")
        #expect(try JSONSchema(named: "front").errors(in: front) == [])
        let text = try await place.output("trial", "lucky", "\(number)")
        #expect(text.contains("from other seeds") && text.contains("(replicate 3) by "))
        // Nothing is trained again.
        let calls = try String(contentsOfFile: place.path("calls"), encoding: .utf8)
        let again = try await place.run("run", "study.yaml")
        #expect(again.status == 0 && again.output == first)
        #expect(try String(contentsOfFile: place.path("calls"), encoding: .utf8) == calls)
        // Other seeds of the front are another study.
        try Self.write(to: place, name: "lucky", seeds: 5)
        let other = try await place.run("run", "study.yaml")
        #expect(
            other.status == 65 && other.error.contains("search.replicate_front: was 4, is 5"),
            "\(other.error)")
    }
}
