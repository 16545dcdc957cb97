import Glibc
import Synchronization

/// Lends the machine to one slot at a time, for what is measured alone.
///
/// While it is lent the children of all other slots are stopped, also those
/// that start meanwhile. Requests are served in the order in which they came.
package final class ExclusiveAccess: Sendable {
    private struct State {
        var children: [Int: ChildProcess] = [:]
        var holder: Int?
        var waiting: [(slot: Int, grant: @Sendable () -> Void)] = []
    }

    private let state = Mutex(State())

    package init() {}

    /// Makes a slot's child known.
    package func register(_ child: ChildProcess, slot: Int) {
        state.withLock { state in
            state.children[slot] = child
            if let holder = state.holder, holder != slot { child.signal(SIGSTOP) }
        }
    }

    /// Forgets a slot's child, and what it asked for.
    package func unregister(slot: Int) {
        state.withLock { $0.children[slot] = nil }
        release(slot: slot)
    }

    /// Calls `grant` as soon as the machine is the slot's alone.
    package func request(slot: Int, grant: @escaping @Sendable () -> Void) {
        state.withLock { state in
            state.waiting.append((slot, grant))
            Self.lendNext(&state)
        }
    }

    /// Gives the machine back, or takes back the request for it.
    package func release(slot: Int) {
        state.withLock { state in
            state.waiting.removeAll { $0.slot == slot }
            guard state.holder == slot else { return }
            state.holder = nil
            for other in state.children.keys.sorted() where other != slot {
                state.children[other]?.signal(SIGCONT)
            }
            Self.lendNext(&state)
        }
    }

    private static func lendNext(_ state: inout State) {
        guard state.holder == nil, !state.waiting.isEmpty else { return }
        let next = state.waiting.removeFirst()
        state.holder = next.slot
        // The holder may itself have been stopped for another a moment ago.
        state.children[next.slot]?.signal(SIGCONT)
        for other in state.children.keys.sorted() where other != next.slot {
            state.children[other]?.signal(SIGSTOP)
        }
        next.grant()
    }
}
