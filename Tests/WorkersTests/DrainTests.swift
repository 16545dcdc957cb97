import Experiments
import Foundation
import Testing
import Workers

/// Workers that are to end when what they run has ended.
@Suite(.timeLimit(.minutes(2))) struct DrainTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func start(_ queue: ScriptedQueue, _ drain: Drain = Drain()) -> Task<Void, any Error> {
        let settings = WorkerSettings(
            slots: 2, dataFolder: folder.path, pollingSeconds: 0.001...0.01, checkInSeconds: 0.01,
            environment: ["PATH": "/usr/bin:/bin"], commands: WorkersStandInProcess.commands)
        return Task { try await Worker(queue: queue, settings: settings, drain: drain).run() }
    }

    /// Runs until the file `go` is there.
    private var waiting: Claim {
        claim(
            .command([
                "sh", "-c",
                #"while [ ! -e "$0/go" ]; do sleep 0.02; done; echo '{"result":{"metrics":{"accuracy":1}}}'"#,
                folder.path,
            ]))
    }

    @Test func `what runs is finished, and nothing more is claimed`() async throws {
        let queue = ScriptedQueue([waiting])
        let drain = Drain()
        let worker = start(queue, drain)
        await queue.wait { $0.count { $0 == .claim } > 2 }
        #expect(drain.request() && !drain.request())
        await queue.add(claim(.command(["true"]), trial: 1))
        _ = try folder.write("", to: "go")
        try await worker.value
        let calls = await queue.calls
        #expect(calls.results.count == 1 && calls.failures.isEmpty && calls.givenBack.isEmpty)
        #expect(await queue.hasLeft)
    }

    @Test func `the store's word ends an idle worker`() async throws {
        let queue = ScriptedQueue()
        let worker = start(queue)
        await queue.wait { $0.contains(.claim) }
        await queue.drain()
        try await worker.value
        #expect(await queue.hasLeft)
    }

    @Test func `a claim that was not answered is asked for again before the end`() async throws {
        let queue = ScriptedQueue([
            claim(.command(["sh", "-c", "echo '{\"result\":{\"metrics\":{\"accuracy\":1}}}'"]))
        ])
        await queue.refuse(nextClaims: Array(repeating: StoreError.unreachable("no reply"), count: 4))
        let drain = Drain()
        let worker = start(queue, drain)
        await queue.wait { $0.contains(.claim) }
        drain.request()
        try await worker.value
        // Both slots have asked, and nobody leaves a lease behind.
        #expect(await queue.calls.results.count == 1)
    }
}
