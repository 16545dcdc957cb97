import Experiments
import Foundation
import Testing

/// A trainer that dies between two steps, in a real worker, against a training
/// that nothing disturbed.
@Suite(.needsPostgres, .timeLimit(.minutes(5)))
struct KilledTrainingTests {
    @Test func `killed between two steps at either rung, a trial ends in the bits of one that was not`()
        async throws
    {
        try await Workplace.use(ownDatabase: true) { place in
            try TinyTask.write(
                to: place,
                study: TinyTask.study.replacing("study: sample", with: "study: killed")
                    .replacing("trials: 8", with: "trials: 1, rungs: 2"))
            try place.write("train.tsv", TinyTask.rows(30_000))
            let marked = MarkedProcesses()
            async let ending = place.run(
                "run", "study.yaml", "--workers", "1", environment: marked.environment)
            // At the first rung, soon after its texts are tokens; then behind its checkpoint.
            try await Self.kill(marked) { Self.hasTokens(place) }
            try await Self.kill(marked) { try await Self.isRunning(rung: 1, place) }
            let run = try await ending
            #expect(run.status == 0, "\(run.error)")
            let trial = try await place.json("trial", "killed", "0")
            let outcomes = trial["attempt_history"]?.array?.compactMap { attempt in
                (attempt["purpose"] == "train" ? attempt["outcome"]?.string : nil).map {
                    "\($0) at \(attempt["rung"]!.integer!)"
                }
            }
            #expect(
                outcomes == ["crashed at 0", "finished at 0", "crashed at 1", "finished at 1"], "\(run.error)"
            )
            let replay = try await place.json("replay", "killed", "0")
            #expect(replay["verdict"] == "same" && replay["first_difference"] == .null)
        }
    }

    /// Kills the slot some steps after something has happened.
    private static func kill(_ marked: MarkedProcesses, once happened: () async throws -> Bool) async throws {
        while try await !happened() { try await Task.sleep(for: .milliseconds(20)) }
        try await Task.sleep(for: .milliseconds(150))
        let slots = marked.all.filter { $0.value.dropFirst().first == "slot" }.keys
        #expect(slots.count == 1)
        for slot in slots { Foundation.kill(slot, SIGKILL) }
    }

    private static func hasTokens(_ place: Workplace) -> Bool {
        let folder = place.dataFolder + "/states/tokens"
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return files.contains { $0 != "lock" && !$0.hasSuffix(".partial") }
    }

    private static func isRunning(rung: Int, _ place: Workplace) async throws -> Bool {
        let ending = try await place.run("trial", "killed", "0", "--format", "json")
        guard ending.status == 0 else { return false }
        let attempts = try JSON.parse(ending.output)["attempt_history"]?.array ?? []
        return attempts.contains { $0["rung"]?.integer == rung && $0["outcome"] == "running" }
    }
}
