import Experiments
import Foundation
import Synchronization
import Testing
import Workers

/// Whole workers with real slot processes.
@Suite(.timeLimit(.minutes(5))) struct NativeWorkerTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func claims(_ configurations: [JSON]) -> [Claim] {
        configurations.enumerated().map { number, configuration in
            var claim = claim(.native(version: 3, numerics: .float32), trial: number)
            claim.configuration = configuration
            return claim
        }
    }

    private func start(
        _ queue: ScriptedQueue, slots: Int = 1,
        observe: @escaping @Sendable (WorkerEvent) -> Void = { _ in }
    ) -> Task<Void, any Error> {
        let settings = WorkerSettings(
            slots: slots, dataFolder: folder.path, nativeVersion: 3, pollingSeconds: 0.001...0.01,
            environment: ["PATH": "/usr/bin:/bin"],
            commands: WorkersStandInProcess.commands)
        return Task { try await Worker(queue: queue, settings: settings, observe: observe).run() }
    }

    private func path(_ name: String) -> JSON { .string("\(folder.path)/\(name)") }

    private func pid(_ name: String) async throws -> Int {
        #expect(await eventually { folder.read(name)?.hasSuffix("\n") == true })
        return try #require(folder.read(name).flatMap { Int($0.trimmingCharacters(in: .newlines)) })
    }

    @Test func `one process serves trial after trial`() async throws {
        let queue = ScriptedQueue(claims([["do": "train"], ["do": "diverge"], ["do": "train"]]))
        let worker = start(queue)
        await queue.wait { $0.results.count == 2 }
        worker.cancel()
        try await worker.value
        let results = await queue.calls.results
        #expect(results[0] == results[1])
        #expect(results[0].computeClass == "scripted")
        #expect(results[0].artifact == "abc")
        #expect(await queue.calls.failures == [TrialFailure(.diverged, "loss was NaN at step 9")])
        let pid = results[0].measurements.first { $0.name == "process" }.map { Int($0.value) }
        #expect(await eventually { ProcessTable.state(of: pid ?? 0) == nil })
    }

    @Test
    func `a study of another version of the engine is given back and told once, and never claimed again`()
        async throws
    {
        var foreign = claims([["do": "train"]])[0]
        foreign.study.engine = .native(version: 2, numerics: .float32)
        foreign.token.study = 99
        let events = Mutex<[WorkerEvent]>([])
        let queue = ScriptedQueue([foreign, foreign] + claims([["do": "train"]]))
        let worker = start(queue) { event in events.withLock { $0.append(event) } }
        await queue.wait { !$0.results.isEmpty }
        worker.cancel()
        try await worker.value
        let calls = await queue.calls
        #expect(calls.givenBack == [foreign.token])
        #expect(calls.failures.isEmpty && calls.results.count == 1)
        let reasons = events.withLock { $0 }.compactMap { event in
            if case .refused(_, let reason) = event { reason } else { nil }
        }
        #expect(reasons.count == 1)
        #expect(reasons.first?.hasPrefix("it was resolved by native-2, this program has native-") == true)
        #expect(reasons.first?.hasSuffix("; workers of the program that made it can go on") == true)
    }

    @Test func `a trap in the engine is the crash of that attempt alone`() async throws {
        let queue = ScriptedQueue(claims([["do": "train"], ["do": "trap"], ["do": "train"]]))
        let worker = start(queue)
        await queue.wait { $0.results.count == 2 }
        worker.cancel()
        try await worker.value
        let calls = await queue.calls
        #expect(calls.failures.map(\.reason) == [.crashed])
        #expect(calls.failures[0].detail.hasPrefix("was killed by signal "))
        #expect(calls.results[0] != calls.results[1])
    }

    @Test func `the neighbour is stopped while a slot measures alone`() async throws {
        let claims = claims([
            ["do": "hang", "mark": path("neighbour")],
            ["do": "measure", "mark": path("measuring"), "until": path("go")],
        ])
        let queue = ScriptedQueue([claims[0]])
        let worker = start(queue, slots: 2)
        let neighbour = try await pid("neighbour")
        await queue.add(claims[1])
        let measuring = try await pid("measuring")
        #expect(await eventually { ProcessTable.state(of: neighbour) == "T" })
        #expect(ProcessTable.state(of: measuring) != "T")
        _ = try folder.write("", to: "go")
        await queue.wait { $0.results.count == 1 }
        #expect(await eventually { ProcessTable.state(of: neighbour) != "T" })
        worker.cancel()
        try await worker.value
        #expect(await queue.calls.givenBack.map(\.trial) == [0])
    }

    @Test func `the neighbour goes on when the slot that measures dies`() async throws {
        let claims = claims([
            ["do": "hang", "mark": path("neighbour")],
            ["do": "measure", "mark": path("measuring"), "until": path("never")],
        ])
        let queue = ScriptedQueue([claims[0]])
        let worker = start(queue, slots: 2)
        let neighbour = try await pid("neighbour")
        await queue.add(claims[1])
        let measuring = try await pid("measuring")
        #expect(await eventually { ProcessTable.state(of: neighbour) == "T" })
        kill(pid_t(measuring), SIGKILL)
        await queue.wait { !$0.failures.isEmpty }
        #expect(await eventually { ProcessTable.state(of: neighbour) != "T" })
        worker.cancel()
        try await worker.value
    }
}
