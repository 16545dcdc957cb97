import Experiments
import Foundation
import Synchronization
import Testing
import Workers

@Suite(.timeLimit(.minutes(5))) struct DiskFloorTests {
    @Test func `a change is told once`() {
        let free = Mutex<Double?>(10)
        let changes = Mutex<[DiskFloor.Change]>([])
        let disk = DiskFloor(floor: 5) {
            free.withLock { $0 }
        } observe: { change in
            changes.withLock { $0.append(change) }
        }
        var answers: [Bool] = []
        for bytes in [10, 4, 3, 5, 4, nil, 6] as [Double?] {
            free.withLock { $0 = bytes }
            answers.append(disk.hasRoom())
        }
        #expect(answers == [true, false, false, true, false, true, true])
        #expect(
            changes.withLock { $0 } == [
                .isShort(free: 4, floor: 5), .hasRoom, .isShort(free: 4, floor: 5), .hasRoom,
            ])
    }

    @Test func `a worker claims nothing while its disk is short, and goes on by itself`() async throws {
        let folder = try TemporaryFolder()
        let free = Mutex(1.0)
        let (changes, sink) = AsyncStream.makeStream(of: DiskFloor.Change.self)
        let script = "cat > \(folder.path)/claimed; echo '{\"result\": {\"metrics\": {\"accuracy\": 1}}}'"
        let queue = ScriptedQueue([claim(.command(["sh", "-c", script]))])
        let settings = WorkerSettings(
            slots: 2, dataFolder: folder.path, diskFloor: 100, pollingSeconds: 0.001...0.01,
            environment: ["PATH": "/usr/bin:/bin"], commands: WorkersStandInProcess.commands)
        let worker = Worker(queue: queue, settings: settings) { event in
            if case .disk(let change) = event { sink.yield(change) }
        } freeDisk: { [path = folder.path] asked in
            asked == path ? free.withLock { $0 } : nil
        }
        let run = Task { try await worker.run() }
        var iterator = changes.makeAsyncIterator()
        #expect(await iterator.next() == .isShort(free: 1, floor: 100))
        #expect(folder.read("claimed") == nil)
        free.withLock { $0 = 100 }
        #expect(await iterator.next() == .hasRoom)
        await queue.wait { !$0.results.isEmpty }
        #expect(folder.read("claimed") != nil)
        run.cancel()
        try await run.value
    }

    @Test func `the disk of a folder that is not there yet is that of the nearest above it`() throws {
        let folder = try TemporaryFolder()
        let free = try #require(FreeDisk.bytes(at: folder.path + "/not/there"))
        #expect(free > 0)
    }
}
