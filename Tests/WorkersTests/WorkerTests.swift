import Experiments
import Foundation
import Testing
import Workers

/// Whole workers with a scripted queue and real commands.
@Suite(.timeLimit(.minutes(5))) struct WorkerTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func settings(
        slots: Int = 1, lease: Double = 30, patience: Patience = Patience(),
        environment: [String: String] = [:]
    ) -> WorkerSettings {
        WorkerSettings(
            slots: slots, dataFolder: folder.path, program: "1.2.3", leaseSeconds: lease, patience: patience,
            pollingSeconds: 0.001...0.01,
            environment: ["PATH": "/usr/bin:/bin"].merging(environment) { _, given in given },
            commands: WorkersStandInProcess.commands)
    }

    private func start(_ queue: ScriptedQueue, _ settings: WorkerSettings) -> Task<Void, any Error> {
        Task { try await Worker(queue: queue, settings: settings).run() }
    }

    private func stop(_ worker: Task<Void, any Error>) async throws {
        worker.cancel()
        try await worker.value
    }

    /// The failure that a shell script ends in.
    private func failure(of script: String, patience: Patience = Patience()) async throws -> TrialFailure {
        let queue = ScriptedQueue([claim(.command(["sh", "-c", script]))])
        let worker = start(queue, settings(patience: patience))
        await queue.wait { !$0.failures.isEmpty || !$0.results.isEmpty }
        try await stop(worker)
        return try #require(await queue.calls.failures.first)
    }

    @Test func `a command's reports and result are stored`() async throws {
        let script = """
            import json, sys
            request = json.load(sys.stdin)
            x = request["trial"]["configuration"]["x"]
            print("loading")
            for step in range(3): print(json.dumps({"report": {"step": step, "metrics": {"loss": x}}}))
            print(json.dumps({"result": {"metrics": {"accuracy": 2 * x, "train_seconds": 1.5}}}))
            """
        let path = try folder.write(script, to: "train.py")
        let claim = claim(.command(["/usr/bin/python3", path]))
        let queue = ScriptedQueue([claim])
        let worker = start(queue, settings())
        await queue.wait { !$0.results.isEmpty }
        try await stop(worker)
        let calls = await queue.calls
        #expect(calls.renewals.flatMap(\.self) == [0, 1, 2])
        #expect(
            calls.results == [
                TrialResult(
                    measurements: [
                        Measurement("accuracy", 1, .deterministic, method: "reported by the command"),
                        Measurement("train_seconds", 1.5, .observed, method: "reported by the command"),
                    ], computeClass: "command",
                    record: AttemptRecord(
                        program: "1.2.3", threads: 1,
                        inputs: AttemptRecord.inputs(
                            study: claim.study, seed: claim.seed, configuration: claim.configuration),
                        computeClass: "command"))
            ])
        #expect(trialFolders.isEmpty)
    }

    @Test func `a bad exit is a crash with the end of the log`() async throws {
        let failure = try await failure(of: "echo to stdout; echo to stderr >&2; exit 5")
        #expect(failure.reason == .crashed)
        #expect(failure.detail.hasPrefix("ended with exit status 5\n"))
        #expect(failure.detail.contains("to stdout"))
        #expect(failure.detail.contains("to stderr"))
    }

    @Test func `a signal is a crash`() async throws {
        #expect(try await failure(of: "kill -9 $$").detail.contains("out of memory"))
    }

    @Test func `a clean exit without a result is a crash`() async throws {
        #expect(try await failure(of: "true").detail.hasPrefix("ended without a result"))
    }

    @Test func `NaN as Python writes it ends the trial as diverged, and the trainer at once`() async throws {
        let script = """
            import json, time
            print(json.dumps({"report": {"step": 1, "metrics": {"loss": float("nan")}}}), flush=True)
            time.sleep(1000)
            """
        let path = try folder.write(script, to: "diverge.py")
        let failure = try await failure(of: "exec /usr/bin/python3 \(path)")
        #expect(failure.reason == .diverged)
        #expect(failure.detail.hasPrefix("loss was NaN at step 1"))
    }

    /// The work folders of trial 0, whatever its study.
    private var trialFolders: [String] {
        (FileManager.default.subpaths(atPath: "\(folder.path)/work") ?? []).filter { $0.hasSuffix("/0") }
    }

    @Test func `an attempt that runs too long is timed out`() async throws {
        let patience = Patience(grace: .seconds(20), wallTimeLimit: .milliseconds(300))
        let failure = try await failure(of: "sleep 1000", patience: patience)
        #expect(failure.reason == .timedOut)
        #expect(failure.detail.hasPrefix("ran longer than 0.3 seconds"))
    }

    @Test func `a later attempt finds what the crashed one left`() async throws {
        let script = """
            cat > "$0/request"; dir=$(echo "$0"/work/1-*/0); echo x >> "$dir/checkpoint"
            test $(wc -l < "$dir/checkpoint") = 2 || exit 1
            grep -q '"resume":true' "$0/request" && echo '{"result":{"metrics":{"accuracy":1}}}'
            """
        let engine = Engine.command(["sh", "-c", script, folder.path])
        let queue = ScriptedQueue([claim(engine, attempt: 1), claim(engine, attempt: 2)])
        let worker = start(queue, settings())
        await queue.wait { !$0.results.isEmpty }
        try await stop(worker)
        #expect(await queue.calls.failures.count == 1)
    }

    @Test func `a fenced worker drops the trial at once and claims anew`() async throws {
        let endless =
            "trap '' TERM; echo $$ > $0/pid; echo '{\"report\":{\"step\":1,\"metrics\":{}}}'; sleep 1000"
        let next = "echo '{\"result\":{\"metrics\":{\"accuracy\":1}}}'"
        let queue = ScriptedQueue([
            claim(.command(["sh", "-c", endless, folder.path])),
            claim(.command(["sh", "-c", next]), trial: 1),
        ])
        await queue.refuse(nextRenewals: [StoreError.fenced])
        let worker = start(queue, settings())
        await queue.wait { !$0.results.isEmpty }
        try await stop(worker)
        let calls = await queue.calls
        #expect(calls.failures.isEmpty && calls.givenBack.isEmpty)
        guard case .finish(let token, _) = calls.last(where: { if case .finish = $0 { true } else { false } })
        else {
            Issue.record("nothing finished")
            return
        }
        #expect(token.trial == 1)
        let pid = try #require(folder.read("pid").flatMap { Int($0.trimmingCharacters(in: .newlines)) })
        #expect(await eventually { ProcessTable.state(of: pid) == nil })
    }

    @Test func `the lease is renewed while a trial runs`() async throws {
        // Long beside the pauses of a busy machine: a lease that runs out is not renewed.
        let queue = ScriptedQueue([claim(.command(["sleep", "1000"]))])
        let worker = start(queue, settings(lease: 2))
        await queue.wait { $0.renewals.count >= 5 }
        try await stop(worker)
        #expect(await queue.calls.failures.isEmpty)
    }

    @Test func `a worker that ends gives its claims back`() async throws {
        let ready = "touch $0/$1; sleep 1000"
        let queue = ScriptedQueue(
            (0..<2).map { claim(.command(["sh", "-c", ready, folder.path, "ready\($0)"]), trial: $0) })
        let worker = start(queue, settings(slots: 2))
        #expect(await eventually { folder.read("ready0") != nil && folder.read("ready1") != nil })
        try await stop(worker)
        let calls = await queue.calls
        #expect(Set(calls.givenBack.map(\.trial)) == [0, 1])
        #expect(calls.failures.isEmpty && calls.results.isEmpty)
        // Another worker on this machine may go on from the checkpoint.
        #expect(!trialFolders.isEmpty)
    }

    @Test func `a result outlives a database outage and is written once it is over`() async throws {
        let queue = ScriptedQueue([claim(.command(["echo", #"{"result":{"metrics":{"accuracy":1}}}"#]))])
        await queue.refuse(nextOutcomes: Array(repeating: StoreError.unreachable("gone"), count: 3))
        let worker = start(queue, settings())
        await queue.wait { $0.results.count == 4 }
        try await stop(worker)
        #expect(await queue.calls.givenBack.isEmpty)
    }

    @Test func `an outcome that the store refuses is a crash`() async throws {
        let queue = ScriptedQueue([claim(.command(["echo", #"{"result":{"metrics":{"accuracy":1}}}"#]))])
        // With the next claim and without.
        await queue.refuse(nextOutcomes: Array(repeating: StoreError.refused("too large"), count: 2))
        let worker = start(queue, settings())
        await queue.wait { !$0.failures.isEmpty }
        try await stop(worker)
        #expect(await queue.calls.failures.map(\.detail) == ["the store refused the outcome: too large"])
    }

    private static let success = Engine.command(["echo", #"{"result":{"metrics":{"accuracy":1}}}"#])

    @Test func `each result asks for the next claim in the same write`() async throws {
        let queue = ScriptedQueue((0..<3).map { claim(Self.success, trial: $0) })
        let worker = start(queue, settings())
        await queue.wait { $0.results.count == 3 }
        try await stop(worker)
        #expect(await queue.joint == 3)
        let calls = await queue.calls.filter { if case .finish = $0 { true } else { $0 == .claim } }
        // One claim by itself, then none before the work has ended.
        #expect(calls.prefix(2).map { $0 == .claim } == [true, false])
        #expect(calls.prefix(6).filter { $0 == .claim }.count == 3)
        #expect(await Set(queue.requests.map(\.mark)).count == queue.requests.count)
    }

    @Test func `a claim whose reply was lost is made again, not anew`() async throws {
        let queue = ScriptedQueue([claim(Self.success)])
        await queue.refuse(nextClaims: Array(repeating: StoreError.unreachable("gone"), count: 2))
        let worker = start(queue, settings())
        await queue.wait { !$0.results.isEmpty }
        try await stop(worker)
        let marks = await queue.requests.map(\.mark)
        #expect(Set(marks.prefix(3)).count == 1)
        #expect(marks.count > 3 && marks[3] != marks[2])
    }

    @Test func `a result outlives a next claim that is refused`() async throws {
        let queue = ScriptedQueue([claim(Self.success)])
        await queue.refuse(nextOutcomes: [StoreError.refused("the worker is not registered")])
        let worker = start(queue, settings())
        await queue.wait { $0.results.count == 2 }
        try await stop(worker)
        #expect(await queue.calls.failures.isEmpty)
    }

    @Test func `a worker that only measures the machine asks for part of the steps and examples`()
        async throws
    {
        let script = #"""
            grep -q '"budget":0.25,.*"validation_limit":96' || exit 1
            echo '{"result":{"metrics":{"accuracy":1}}}'
            """#
        var part = settings()
        (part.budget, part.validationLimit) = (0.25, 96)
        let queue = ScriptedQueue([claim(.command(["sh", "-c", script]))])
        let worker = start(queue, part)
        await queue.wait { !$0.failures.isEmpty || !$0.results.isEmpty }
        try await stop(worker)
        #expect(await queue.calls.failures.isEmpty)
    }

    @Test func `a command sees no password`() async throws {
        let script = "env > $0/env; echo '{\"result\":{\"metrics\":{\"accuracy\":1}}}'"
        let queue = ScriptedQueue([claim(.command(["sh", "-c", script, folder.path]))])
        let worker = start(queue, settings(environment: ["PGPASSWORD": "hidden", "MY_API_TOKEN": "hidden"]))
        await queue.wait { !$0.results.isEmpty }
        try await stop(worker)
        let environment = try #require(folder.read("env"))
        #expect(environment.contains("OPENBLAS_NUM_THREADS=1"))
        #expect(!environment.contains("hidden"))
    }

    @Test func `a trial without a folder is given back, whatever became of the disk, and tried again`()
        async throws
    {
        let (events, sink) = AsyncStream.makeStream(of: WorkerEvent.self)
        // A file in the place of the folder of all trials, as root may write to read-only folders.
        let first = claim(Self.success)
        let work = "\(folder.path)/work"
        try FileManager.default.createDirectory(atPath: work, withIntermediateDirectories: true)
        let inTheWay = try folder.write(
            "", to: "work/1-\(first.study.identityHash.prefix(16))")
        let queue = ScriptedQueue([first, claim(Self.success, attempt: 2)])
        let worker = Task { [settings = settings()] in
            try await Worker(queue: queue, settings: settings) { sink.yield($0) }.run()
        }
        await queue.wait { $0.givenBack.count == 2 }
        try FileManager.default.removeItem(atPath: inTheWay)
        await queue.add(claim(Self.success, attempt: 3))
        await queue.wait { !$0.results.isEmpty }
        try await stop(worker)
        sink.finish()
        #expect(await queue.calls.failures.isEmpty)
        var told = 0
        for await event in events {
            guard case .noFolder(_, let reason) = event else { continue }
            told += 1
            #expect(reason.contains("cannot be made"))
        }
        #expect(told == 1)
    }

    @Test func `a data folder that cannot be made is refused before anything is claimed`() async throws {
        var settings = settings()
        settings.dataFolder = try folder.write("", to: "file")
        let queue = ScriptedQueue()
        await #expect(throws: InputError.self) { try await Worker(queue: queue, settings: settings).run() }
        #expect(await queue.calls.isEmpty)
    }
}
