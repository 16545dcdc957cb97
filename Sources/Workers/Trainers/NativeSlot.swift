import Synchronization

/// A process of this program that trains natively, request after request, so
/// that models and tokenised data stay in its memory.
///
/// It is a process of its own because native code may trap: that is then the
/// crash of one attempt, which a live worker saw, and no neighbour's.
package final class NativeSlot: Sendable {
    package let child: ChildProcess
    private let wire: Wire

    private init(child: ChildProcess, wire: Wire) {
        self.child = child
        self.wire = wire
    }

    package static func launch(
        limits: TrialLimits = TrialLimits(), commands: HiddenCommands, environment: [String: String]
    ) async -> NativeSlot {
        let wire = Wire()
        let child = await ChildProcess.launch(
            [HiddenCommands.thisProgram] + commands.slotArguments, limits: limits.ofSlot, commands: commands,
            environment: environment,
            listener: ChildProcess.Listener(
                output: { line in wire.session?.receive(output: line) },
                error: { line in wire.session?.receive(error: line) },
                exit: { exit in wire.end(exit) }))
        return NativeSlot(child: child, wire: wire)
    }

    package var hasEnded: Bool { wire.state.withLock { $0.exit != nil } }

    /// Gives what the process says to this session from now on.
    package func attach(_ session: TrainerSession?) {
        let exit = wire.state.withLock { state in
            state.session = session
            return state.exit
        }
        // It may have died since it was last looked at.
        if let exit { session?.end(exit) }
    }

    /// Connects the process to the session of the moment.
    private final class Wire: Sendable {
        struct State {
            var session: TrainerSession?
            var exit: ChildExit?
        }

        let state = Mutex(State())

        var session: TrainerSession? { state.withLock { $0.session } }

        func end(_ exit: ChildExit) {
            let session = state.withLock { state in
                state.exit = exit
                return state.session
            }
            session?.end(exit)
        }
    }
}
