/// Sees one attempt in a child process through to its outcome.
package struct Supervision: Sendable {
    package let slot: Int
    package let child: ChildProcess
    package let session: TrainerSession
    package let access: ExclusiveAccess
    package let patience: Patience
    /// Whether the process is the attempt, as a command is. A native slot
    /// outlives its attempts and takes them one after the other.
    package let endsWithProcess: Bool

    /// Waits for the end. To be run where cancellation does not reach: the
    /// way to end it early is `TrainerSession.stop`.
    package func outcome() async -> TrainerOutcome {
        await withTaskGroup(of: Void.self) { tasks in
            if let limit = patience.wallTimeLimit { tasks.addTask { await expire(after: limit) } }
            let exit = await lastEvent(&tasks)
            access.release(slot: slot)
            tasks.cancelAll()
            await tasks.waitForAll()
            return session.outcome(exit: exit)
        }
    }

    /// How the process ended; nil when the attempt ended and it did not.
    private func lastEvent(_ tasks: inout TaskGroup<Void>) async -> ChildExit? {
        for await event in session.events {
            switch event {
            case .settled where !endsWithProcess: return nil
            case .settled: if session.hasFailed { session.stop(.failed) }
            case .exclusive(let wanted): lend(wanted)
            case .stop(let reason):
                let grace = patience.grace(for: reason)
                tasks.addTask { await child.stop(grace: grace) }
            case .exited(let exit): return exit
            }
        }
        return nil
    }

    private func lend(_ wanted: Bool) {
        // A command's input has ended: it could not be answered.
        guard !endsWithProcess else { return }
        if wanted {
            access.request(slot: slot) { child.send(#"{"go":true}"#) }
        } else {
            access.release(slot: slot)
        }
    }

    private func expire(after limit: Duration) async {
        guard (try? await Task.sleep(for: limit)) != nil else { return }
        session.stop(.timedOut(limit / .seconds(1)))
    }
}
