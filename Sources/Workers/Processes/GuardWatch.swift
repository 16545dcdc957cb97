import Experiments
import Foundation
import Synchronization

/// What a guard looks at while its command runs: whether the worker is there,
/// and whether the command's processes keep within their memory.
final class GuardWatch: Sendable {
    private let group: pid_t
    private let memory: Int?
    private let found = Mutex<TrialFailure?>(nil)
    /// Between two looks at the memory, in milliseconds: what a process can
    /// take meanwhile is some hundred megabytes.
    private static let interval: Int32 = 100

    /// - Parameter memory: bytes that the group may hold.
    init(group: pid_t, memory: Int?) {
        self.group = group
        self.memory = memory
    }

    /// Why the group was killed; nil if it was not.
    var failure: TrialFailure? { found.withLock { $0 } }

    func start() { Thread { self.watch() }.start() }

    private func watch() {
        var output = pollfd(fd: STDOUT_FILENO, events: 0, revents: 0)
        var held = GroupMemory(of: group)
        while true {
            let ready = poll(&output, 1, memory == nil || failure != nil ? -1 : Self.interval)
            if ready < 0 && errno != EINTR { return }
            // An error on the writing end: the last reader has gone.
            if ready > 0 && Int32(output.revents) & (POLLERR | POLLHUP) != 0 { break }
            if ready > 0 { return }
            if ready == 0 { check(&held) }
        }
        kill(-group, SIGKILL)
        _exit(137)
    }

    private func check(_ held: inout GroupMemory) {
        // At first the guard is in the group itself.
        guard let memory, getpgrp() != group, let bytes = held.excess(over: memory) else { return }
        found.withLock { $0 = TrialLimits.outOfMemory(holding: bytes, limit: memory) }
        kill(-group, SIGKILL)
    }
}
