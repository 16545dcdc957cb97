import Subprocess
import Workers

/// A worker of our own as a child process that is started again when it dies
/// and ends with us.
struct WorkerProcess {
    let arguments: [String]
    let environment: Environment
    /// Told, in a sentence, when the worker had to be started again.
    let notify: @Sendable (String) -> Void

    init(
        slots: Int, lease: Double, disk: DiskOptions, limits: LimitOptions, inputs: InputOptions,
        study: String, options: DatabaseOptions, notify: @escaping @Sendable (String) -> Void
    ) {
        arguments =
            [
                "worker", "--slots", String(slots), "--lease", String(lease), "--study", study,
                "--disk-floor", String(disk.diskFloor), "--data-dir", options.dataFolder, "--supervised",
            ] + limits.arguments + inputs.arguments
        // Not an argument: arguments can be read by everyone on the machine.
        environment = .inherit.updating(options.database.map { ["DATABASE_URL": $0] } ?? [:])
        self.notify = notify
    }

    /// Runs until the task is cancelled; then the worker gives back what it
    /// holds and ends.
    func run() async {
        var failures = 0
        while !Task.isCancelled {
            let start = ContinuousClock.now
            let status = await runOnce()
            guard !Task.isCancelled else { return }
            // Of its own accord it ends when somebody drained it.
            if status == "status 0" {
                notify("the worker was drained: trials wait for other workers, or for this command anew")
                while !Task.isCancelled { try? await Task.sleep(for: .seconds(3600)) }
                return
            }
            failures = start.duration(to: .now) > .seconds(30) ? 1 : failures + 1
            let wait = Duration.milliseconds(min(30_000, 500 << min(failures - 1, 6)))
            notify("the worker ended (\(status)); starting another")
            try? await Task.sleep(for: wait)
        }
    }

    private func runOnce() async -> String {
        var options = PlatformOptions()
        // A group of its own: Ctrl-C at the terminal is ours to pass on.
        options.processGroupID = 0
        // Longer than a worker needs to end its trainers and to give back.
        options.teardownSequence = [.send(signal: .terminate, allowedDurationToNextStep: .seconds(60))]
        do {
            let result = try await Subprocess.run(
                .name("env"), arguments: Arguments([HiddenCommands.thisProgram] + arguments),
                environment: environment, platformOptions: options, input: .inputWriter, output: .sequence,
                error: .currentStandardError
            ) { process in
                // By its input, which is open until here, it knows that we are alive.
                for try await _ in process.standardOutput {}
            }
            return switch result.terminationStatus {
            case .exited(let status): "status \(status)"
            case .signaled(let number): "signal \(number)"
            }
        } catch {
            return "it could not be started: \(error)"
        }
    }
}
