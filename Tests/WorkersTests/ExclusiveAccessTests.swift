import Foundation
import Synchronization
import Testing
import Workers

@Suite(.timeLimit(.minutes(5))) struct ExclusiveAccessTests {
    private let access = ExclusiveAccess()
    private let granted = Granted()

    final class Granted: Sendable {
        private let value = Mutex<[Int]>([])
        var slots: [Int] { value.withLock { $0 } }
        func note(_ slot: Int) { value.withLock { $0.append(slot) } }
    }

    /// A running child and the process identifier of its command.
    private func child() async throws -> (ChildProcess, Int) {
        let recorder = Recorder()
        let child = await recorder.launch(script: "echo $$; read line")
        #expect(await eventually { recorder.output.count == 1 })
        return (child, try #require(recorder.output.first.flatMap { Int($0) }))
    }

    private func request(_ slot: Int) {
        access.request(slot: slot) { [granted] in granted.note(slot) }
    }

    private func isStopped(_ pid: Int) -> Bool { ProcessTable.state(of: pid) == "T" }

    @Test func `the others are stopped while one measures, and go on after it`() async throws {
        let (first, firstID) = try await child()
        let (second, secondID) = try await child()
        access.register(first, slot: 0)
        access.register(second, slot: 1)
        request(0)
        #expect(granted.slots == [0])
        #expect(await eventually { isStopped(secondID) })
        #expect(!isStopped(firstID))
        // One that starts meanwhile is stopped as well.
        let (third, thirdID) = try await child()
        access.register(third, slot: 2)
        #expect(await eventually { isStopped(thirdID) })
        access.release(slot: 0)
        #expect(await eventually { !isStopped(secondID) && !isStopped(thirdID) })
        for child in [first, second, third] { await child.stop(grace: .zero) }
    }

    @Test func `requests are served in their order, and those of the dead are dropped`() async throws {
        let (first, firstID) = try await child()
        let (second, _) = try await child()
        access.register(first, slot: 0)
        access.register(second, slot: 1)
        request(0)
        request(1)
        request(2)
        #expect(granted.slots == [0])
        access.release(slot: 2)
        // The death of the holder is the end of its turn.
        access.unregister(slot: 0)
        #expect(granted.slots == [0, 1])
        #expect(ProcessTable.state(of: firstID) != nil)
        access.release(slot: 1)
        #expect(granted.slots == [0, 1])
        for child in [first, second] { await child.stop(grace: .zero) }
    }
}
