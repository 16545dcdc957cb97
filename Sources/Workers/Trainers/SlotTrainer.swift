import Experiments
import Synchronization

/// Runs the attempts of one slot, one after the other, by the engine that the
/// study names.
package final class SlotTrainer: Sendable {
    private let slot: Int
    private let settings: WorkerSettings
    private let access: ExclusiveAccess
    private let native = Mutex<NativeSlot?>(nil)

    package init(slot: Int, settings: WorkerSettings, access: ExclusiveAccess) {
        self.slot = slot
        self.settings = settings
        self.access = access
    }

    /// Runs the session's request to its outcome.
    package func train(_ session: TrainerSession) async -> TrainerOutcome {
        switch session.request.study.engine {
        case .command(let command): await run(command, session)
        case .native: await runNative(session)
        }
    }

    /// Ends the slot's own process, if it has one.
    package func close() async {
        await native.withLock { $0 }?.child.stop(grace: .zero)
        access.unregister(slot: slot)
    }

    private func run(_ command: [String], _ session: TrainerSession) async -> TrainerOutcome {
        // `python3 train.py` means the file beside the study file, wherever the worker was started.
        let place = session.request.study.directory.map { ["env", "-C", $0] } ?? []
        let child = await ChildProcess.launch(
            place + command, commands: settings.commands, environment: environment(native: false),
            listener: ChildProcess.Listener(
                output: { session.receive(output: $0) }, error: { session.receive(error: $0) },
                exit: { session.end($0) }))
        access.register(child, slot: slot)
        child.send(session.request.json.canonicalText)
        child.closeInput()
        let outcome = await supervise(child, session, endsWithProcess: true)
        access.unregister(slot: slot)
        return outcome
    }

    private func runNative(_ session: TrainerSession) async -> TrainerOutcome {
        let slot = await nativeSlot()
        slot.attach(session)
        slot.child.send(session.request.json.canonicalText)
        defer { slot.attach(nil) }
        return await supervise(slot.child, session, endsWithProcess: false)
    }

    private func supervise(
        _ child: ChildProcess, _ session: TrainerSession, endsWithProcess: Bool
    ) async -> TrainerOutcome {
        await Supervision(
            slot: slot, child: child, session: session, access: access, patience: settings.patience,
            endsWithProcess: endsWithProcess
        ).outcome()
    }

    /// The process of the slot, started anew when the last one ended.
    private func nativeSlot() async -> NativeSlot {
        if let running = native.withLock({ $0 }), !running.hasEnded { return running }
        let started = await NativeSlot.launch(
            commands: settings.commands, environment: environment(native: true))
        access.register(started.child, slot: slot)
        native.withLock { $0 = started }
        return started
    }

    private func environment(native: Bool) -> [String: String] {
        ChildEnvironment.make(from: settings.environment, native: native, cpuFlags: BLASKernel.cpuFlags())
    }
}
