import Experiments
import Synchronization

/// Runs the attempts of one slot, one after the other, by the engine that the
/// study names.
package final class SlotTrainer: Sendable {
    private let slot: Int
    private let settings: WorkerSettings
    private let access: ExclusiveAccess
    private let inputs: WorkerInputs
    private let native = Mutex<NativeSlot?>(nil)

    package init(slot: Int, settings: WorkerSettings, access: ExclusiveAccess, inputs: WorkerInputs) {
        self.inputs = inputs
        self.slot = slot
        self.settings = settings
        self.access = access
    }

    /// Runs the session's request to its outcome.
    package func train(_ session: TrainerSession) async -> TrainerOutcome {
        var request = session.request
        do {
            request.study = try await inputs.placed(request.study)
        } catch {
            return .refused("\(error)")
        }
        return switch request.study.engine {
        case .command(let command): await run(command, request, session)
        case .native: await runNative(request, session)
        }
    }

    /// Ends the slot's own process, if it has one.
    package func close() async {
        await native.withLock { $0 }?.child.stop(grace: .zero)
        access.unregister(slot: slot)
    }

    private func run(
        _ command: [String], _ request: EngineRequest, _ session: TrainerSession
    ) async -> TrainerOutcome {
        // `python3 train.py` means the file beside the study file, wherever the worker was started.
        let place = request.study.directory.map { ["env", "-C", $0] } ?? []
        let child = await ChildProcess.launch(
            place + command, limits: settings.limits, commands: settings.commands,
            environment: environment(native: false),
            listener: ChildProcess.Listener(
                output: { session.receive(output: $0) }, error: { session.receive(error: $0) },
                exit: { session.end($0) }))
        access.register(child, slot: slot)
        child.send(request.json.canonicalText)
        child.closeInput()
        let outcome = await supervise(child, session, endsWithProcess: true)
        access.unregister(slot: slot)
        return outcome
    }

    private func runNative(_ request: EngineRequest, _ session: TrainerSession) async -> TrainerOutcome {
        let slot = await nativeSlot()
        slot.attach(session)
        slot.child.send(request.json.canonicalText)
        defer { slot.attach(nil) }
        let outcome = await supervise(slot.child, session, endsWithProcess: false)
        // Its guard has killed it, or what it holds is in the next one's way.
        if case .failed(let failure) = outcome, failure.reason == .outOfMemory {
            await slot.child.stop(grace: .zero)
        }
        return outcome
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
            limits: settings.limits, commands: settings.commands, environment: environment(native: true))
        access.register(started.child, slot: slot)
        native.withLock { $0 = started }
        return started
    }

    private func environment(native: Bool) -> [String: String] {
        ChildEnvironment.make(from: settings.environment, native: native, cpuFlags: BLASKernel.cpuFlags())
    }
}
