import Experiments
import Foundation
import Testing
import Workers

/// Whole workers, with real processes that take more than they may.
@Suite(.timeLimit(.minutes(5))) struct TrialLimitTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    /// What comes of attempts, one after the other.
    private func calls(of claims: [Claim], limits: TrialLimits) async throws -> [ScriptedQueue.Call] {
        let queue = ScriptedQueue(claims)
        let settings = WorkerSettings(
            slots: 1, dataFolder: folder.path, nativeVersion: 3,
            patience: Patience(grace: .seconds(5), wallTimeLimit: .seconds(120)), limits: limits,
            pollingSeconds: 0.001...0.01, environment: ["PATH": "/usr/bin:/bin"],
            commands: WorkersStandInProcess.commands)
        let worker = Task { try await Worker(queue: queue, settings: settings).run() }
        await queue.wait { $0.failures.count + $0.results.count == claims.count }
        worker.cancel()
        try await worker.value
        return await queue.calls
    }

    private func failure(ofShell script: String, limits: TrialLimits) async throws -> TrialFailure? {
        try await calls(of: [claim(.command(["sh", "-c", script]))], limits: limits).failures.first
    }

    private static let result = #"print('{"result":{"metrics":{"accuracy":1}}}')"#

    private func failure(ofPython script: String, limits: TrialLimits) async throws -> TrialFailure? {
        let path = try folder.write(script, to: "train-\(UUID().uuidString).py")
        return try await calls(of: [claim(.command(["/usr/bin/python3", path]))], limits: limits).failures
            .first
    }

    @Test func `a process that takes more and more memory is ended, with figure and limit`() async throws {
        let script = """
            import time
            held = []
            while True:
                held.append(bytearray(b"x" * (8 << 20)))
                time.sleep(0.005)
            """
        let failure = try #require(
            try await failure(ofPython: script, limits: TrialLimits(memory: 150 << 20)))
        #expect(failure.reason == .outOfMemory)
        #expect(
            failure.detail.contains(#/^its processes held [0-9.]+ MiB of memory, more than the 150 MiB of/#),
            "\(failure.detail)")
    }

    @Test func `processes are counted together, and what they share is counted once`() async throws {
        // Each holds 60 MiB of its own in `several`; in `shared` all hold the same 60 MiB.
        let script = """
            import os, sys, time
            def hold(): return bytearray(b"x" * (60 << 20))
            several = sys.argv[1] == "several"
            held = None if several else hold()
            children = []
            for _ in range(4):
                child = os.fork()
                if child == 0:
                    held = hold() if several else held
                    time.sleep(60 if several else 1)
                    os._exit(0)
                children.append(child)
            for child in children: os.waitpid(child, 0)
            \(Self.result)
            """
        let path = try folder.write(script, to: "fork.py")
        let calls = try await calls(
            of: ["several", "shared"].map { claim(.command(["/usr/bin/python3", path, $0])) },
            limits: TrialLimits(memory: 160 << 20))
        #expect(calls.failures.map(\.reason) == [.outOfMemory])
        #expect(calls.results.count == 1)
    }

    @Test func `the pages of a mapped file are not the trial's memory`() async throws {
        let script = """
            import mmap
            with open("\(folder.path)/model", "wb") as file: file.truncate(400 << 20)
            with open("\(folder.path)/model", "rb") as file:
                model = mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ)
                assert sum(model[i] for i in range(0, len(model), 4096)) == 0
            \(Self.result)
            """
        #expect(try await failure(ofPython: script, limits: TrialLimits(memory: 100 << 20)) == nil)
    }

    @Test func `an allocation far beyond the limit is refused at once`() async throws {
        let failure = try #require(
            try await failure(ofPython: "bytearray(64 << 30)", limits: TrialLimits(memory: 100 << 20)))
        #expect(failure.reason == .outOfMemory)
        #expect(
            failure.detail.hasPrefix(
                "ended with exit status 1, and its log says 'MemoryError': --trial-memory is 100 MiB"),
            "\(failure.detail)")
        // Without a limit the same exit is a crash: the machine's memory is another matter.
        let other = try await self.failure(
            ofPython: "raise MemoryError", limits: TrialLimits(openFiles: 100))
        #expect(other?.reason == .crashed)
    }

    @Test func `a process that computes too long is timed out`() async throws {
        let failure = try await failure(
            ofShell: "while :; do :; done", limits: TrialLimits(processorSeconds: 1))
        #expect(failure?.reason == .timedOut)
        #expect(failure?.detail.hasPrefix("took more than 1 s of CPU time, the limit of --trial-cpu") == true)
    }

    @Test func `a file beyond the limit ends the attempt, whether its writer is killed or told`() async throws
    {
        let limits = TrialLimits(fileBytes: 1 << 20)
        let path = "\(folder.path)/large"
        let killed = try await failure(ofShell: "head -c 3000000 /dev/zero > \(path)", limits: limits)
        #expect(killed?.reason == .crashed)
        #expect(
            killed?.detail.hasPrefix(
                "wrote too much: a file may have 1 MiB, the limit of --trial-file-size") == true,
            "\(killed?.detail ?? "")")
        #expect(
            try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0 <= 1 << 20)
        // Python ignores the signal.
        let told = try await failure(
            ofPython: "open('\(path)', 'wb').write(bytes(3 << 20))", limits: limits)
        #expect(
            told?.detail.contains("'File too large': a file may have 1 MiB, the limit of --trial-file-size")
                == true, "\(told?.detail ?? "")")
    }

    @Test func `a process with too many files open is told the limit`() async throws {
        let failure = try await failure(
            ofPython: "files = [open('/dev/null') for _ in range(100)]", limits: TrialLimits(openFiles: 40))
        #expect(failure?.reason == .crashed)
        #expect(
            failure?.detail.contains("a process may have 40 files open, the limit of --trial-open-files")
                == true, "\(failure?.detail ?? "")")
    }

    @Test func `no attempt leaves its memory in a file`() async throws {
        let failure = try await failure(ofShell: "ulimit -c; ulimit -Hc; exit 3", limits: TrialLimits())
        #expect(failure?.detail.hasSuffix("0\n0") == true, "\(failure?.detail ?? "")")
    }

    @Test func `a slot that took too much memory begins anew, and its next attempt is innocent`() async throws
    {
        let claims = ["grow", "train", "train"].enumerated().map { number, deed in
            var claim = claim(.native(version: 3, numerics: .float32), trial: number)
            claim.configuration = ["do": .string(deed)]
            return claim
        }
        // One second of CPU would be too little for three attempts: it is not the slot's limit.
        let calls = try await calls(
            of: claims, limits: TrialLimits(memory: 400 << 20, processorSeconds: 1))
        #expect(calls.failures.map(\.reason) == [.outOfMemory])
        #expect(
            calls.failures.first?.detail.contains("more than the 400 MiB of --trial-memory") == true,
            "\(calls.failures)")
        #expect(calls.results.count == 2)
    }

    @Test(arguments: [
        (512, "512 bytes"), (1536, "1.5 KiB"), (4 << 30, "4 GiB"), (5 << 40, "5 TiB"), (160 << 20, "160 MiB"),
    ])
    func `sizes are told in binary units`(bytes: Int, text: String) {
        #expect(TrialLimits.text(bytes: bytes) == text)
    }
}
