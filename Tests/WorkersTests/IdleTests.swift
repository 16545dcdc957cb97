import Experiments
import Foundation
import Testing
import Workers

/// Workers that end by themselves.
@Suite(.timeLimit(.minutes(5))) struct IdleTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func worker(_ queue: ScriptedQueue, idle: Duration?, _ recorder: EventRecorder) -> Worker {
        Worker(
            queue: queue,
            settings: WorkerSettings(
                slots: 2, name: "n1-7-2-0", idleLimit: idle, dataFolder: folder.path,
                pollingSeconds: 0.001...0.01, environment: ["PATH": "/usr/bin:/bin"],
                commands: WorkersStandInProcess.commands)
        ) { recorder.note($0) }
    }

    @Test func `a worker with nothing to do for its limit ends, and not while one of its slots works`()
        async throws
    {
        let script = #"sleep 1; echo '{"result":{"metrics":{"accuracy":1}}}'"#
        let queue = ScriptedQueue([claim(.command(["sh", "-c", script]))])
        let recorder = EventRecorder()
        let start = ContinuousClock.now
        try await worker(queue, idle: .milliseconds(300), recorder).run()
        #expect(await queue.calls.results.count == 1)
        #expect(start.duration(to: .now) >= .milliseconds(1300))
        #expect(recorder.all.count { $0 == .idle(.milliseconds(300)) } == 1)
        #expect(await queue.registered.map(\.host) == ["n1-7-2-0"])
    }

    @Test func `a worker without a limit waits for work`() async throws {
        let queue = ScriptedQueue()
        let recorder = EventRecorder()
        let worker = worker(queue, idle: nil, recorder)
        let running = Task { try await worker.run() }
        await queue.wait { $0.count { $0 == .claim } > 100 }
        running.cancel()
        try await running.value
        #expect(!recorder.all.contains { if case .idle = $0 { true } else { false } })
    }
}
