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
            try place.write("train.tsv", TinyTask.rows(6000))
            let marked = MarkedProcesses()
            async let ending = place.run(
                "run", "study.yaml", "--workers", "1", environment: marked.environment)
            // At the first rung before there is anything to go on from, then behind its checkpoint.
            try await Self.kill(marked) { try await Self.steps(of: 1, in: place) > 0 }
            try await Self.kill(marked) { Self.hasCheckpoint(under: place.dataFolder + "/work") }
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

    /// Kills the slot once something has happened.
    private static func kill(_ marked: MarkedProcesses, once happened: () async throws -> Bool) async throws {
        while try await !happened() { try await Task.sleep(for: .milliseconds(20)) }
        let slots = marked.all.filter { $0.value.dropFirst().first == "slot" }.keys
        #expect(slots.count == 1)
        for slot in slots { Foundation.kill(slot, SIGKILL) }
    }

    /// The last step that an attempt reported.
    private static func steps(of attempt: Int, in place: Workplace) async throws -> Int {
        let ending = try await place.run("trial", "killed", "0", "--format", "json")
        guard ending.status == 0 else { return 0 }
        let attempts = try JSON.parse(ending.output)["attempt_history"]?.array ?? []
        return attempts.first { $0["attempt"]?.integer == attempt }?["reports"]?.array?.last?["step"]?.integer
            ?? 0
    }

    /// Whether a trial waits between two rungs, or is on its way from there.
    private static func hasCheckpoint(under folder: String) -> Bool {
        let paths = (try? FileManager.default.subpathsOfDirectory(atPath: folder)) ?? []
        return paths.contains { $0.hasSuffix("/checkpoint.safetensors") }
    }
}
