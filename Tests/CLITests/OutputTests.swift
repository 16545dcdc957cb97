import Experiments
import Foundation
import Storage
import Testing

/// What the program does when what it writes cannot be written, or holds what
/// a terminal should not get.
@Suite(.needsPostgres, .timeLimit(.minutes(3)))
struct OutputTests {
    @Test func `a run whose notes nobody reads goes on, and its front alone is lost`() async throws {
        try await Workplace.use { place in
            try ScriptedStudy.write(to: place, name: "unheard", trials: 3)
            // The gate opens when nobody can read the pipe any more.
            let ending = try await place.shell(
                """
                mkfifo gate
                { read -r line < gate
                  "$PEFTSEARCH" run study.yaml --data-dir "$STORE" 2>&1
                  echo $? > status; } | { exec 0<&-; echo > gate; }
                cat status
                """)
            #expect(ending.output == "141\n")
            #expect(ending.error == "")
            let trials = try await place.output("trials", "unheard", "--format", "jsonl")
            #expect(trials.split(separator: "\n").count { $0.contains(#""state":"done""#) } == 3)

            let full = try await place.shell(
                #""$PEFTSEARCH" run study.yaml --data-dir "$STORE" 2> /dev/full"#)
            #expect(full.status == 0)
            #expect(full.output.hasPrefix("front of unheard, "))
        }
    }

    @Test func `data for a reader that went away end the command quietly`() async throws {
        try await Workplace.use { place in
            let ending = try await place.shell(
                """
                mkfifo gate
                { read -r line < gate
                  "$PEFTSEARCH" study list --data-dir "$STORE"
                  echo $? > status; } | { exec 0<&-; echo > gate; }
                cat status
                """)
            #expect(ending.output == "141\n")
            #expect(ending.error == "")
        }
    }

    @Test(arguments: [
        ("> /dev/full", "No space left on device"), (">&-", "Bad file descriptor"),
    ])
    func `data that cannot be written are an error of one line`(
        redirection: String, reason: String
    ) async throws {
        try await Workplace.use { place in
            let ending = try await place.shell(
                #""$PEFTSEARCH" study list --data-dir "$STORE" \#(redirection)"#)
            #expect(ending.status == 65)
            #expect(ending.error == "error: standard output: cannot be written: \(reason)\n")
        }
    }

    @Test func `control characters that were stored are shown as none`() async throws {
        try await Workplace.use { place in
            try ScriptedStudy.write(to: place, name: "hostile", trials: 1)
            #expect(try await place.run("study", "create", "study.yaml").status == 0)
            try await Self.finish("hostile", in: place, saying: "\u{1B}[2J\u{9B}1mx\nattempt 9: fake")
            let trial = try await place.output("trial", "hostile", "0")
            let controls = trial.unicodeScalars.filter {
                $0.properties.generalCategory == .control && $0 != "\n"
            }
            #expect(controls.isEmpty)
            #expect(trial.split(separator: "\n").count { $0.hasPrefix("attempt ") } == 1)
            #expect(trial.contains("\u{FFFD}[2J\u{FFFD}1mx\u{FFFD}attempt 9: fake"))
        }
    }

    /// Finishes the only trial as another writer of the database may.
    private static func finish(_ name: String, in place: Workplace, saying text: String) async throws {
        let client = PostgresClient(try await EmbeddedPostgres(dataFolder: place.dataFolder).start())
        let (studies, queue) = (PostgresStudyStore(client), PostgresTrialQueue(client))
        let study = try #require(try await studies.study(named: name)).id
        let epoch = try #require(try await studies.control(study, epoch: nil, seconds: 1))
        let trial = ProposedTrial(
            number: 0, seed: 1, label: nil, assignment: [:], configuration: ["lr": .string(text)],
            span: VirtualSpan(start: 0, finish: 1))
        try await studies.propose([trial], to: study, epoch: epoch)
        let worker = try await queue.register(
            WorkerDescription(host: "test", processIdentifier: 1, slots: 1))
        let claim = try #require(
            try await queue.claim(
                ClaimRequest(worker: worker, study: study, leaseSeconds: 60, mark: UUID())))
        try await queue.finish(
            claim.token,
            with: TrialResult(
                measurements: [Measurement("score", 1, .exact, method: text)], computeClass: text))
        await client.close()
    }
}
