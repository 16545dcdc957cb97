import Foundation
import Testing
import Workers

/// Kills a worker process as nothing can be prepared for, and looks for what
/// it leaves behind.
@Suite(.timeLimit(.minutes(5))) struct OrphanTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func startWorker(_ command: [String]) throws -> Process {
        let worker = Process()
        worker.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        worker.arguments = WorkersStandInProcess.arguments(for: "worker") + [folder.path] + command
        worker.standardOutput = FileHandle.nullDevice
        worker.standardError = FileHandle.nullDevice
        try worker.run()
        return worker
    }

    private func pids(_ count: Int) async throws -> [Int] {
        var found: [Int] = []
        _ = await eventually {
            found = (folder.read("pids") ?? "").split(separator: "\n").compactMap { Int($0) }
            return found.count == count
        }
        try #require(found.count == count)
        return found
    }

    @Test(arguments: [false, true])
    func `no command survives a worker that was killed`(isPaused: Bool) async throws {
        let script = "trap '' TERM HUP; sleep 1000 & echo $! >> $0; echo $$ >> $0; while :; do wait; done"
        let worker = try startWorker(["sh", "-c", script, "\(folder.path)/pids"])
        let pids = try await pids(2)
        if isPaused {
            let group = try #require(ProcessTable.group(of: pids[1]))
            // Only once the guard has left the group is the command all that a signal reaches.
            #expect(await eventually { ProcessTable.group(of: group) != group })
            kill(pid_t(-group), SIGSTOP)
            #expect(await eventually { ProcessTable.state(of: pids[1]) == "T" })
        }
        kill(worker.processIdentifier, SIGKILL)
        for pid in pids { #expect(await eventually { ProcessTable.state(of: pid) == nil }, "\(pid)") }
    }

    @Test func `no slot process survives a worker that was killed`() async throws {
        let worker = try startWorker([])
        let pid = try await pids(1)[0]
        kill(worker.processIdentifier, SIGKILL)
        #expect(await eventually { ProcessTable.state(of: pid) == nil })
    }
}
