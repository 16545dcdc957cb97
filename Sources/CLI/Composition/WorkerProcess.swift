import Experiments
import Foundation

/// A worker of our own as a child process that is started again when it dies
/// and ends with us.
struct WorkerProcess {
    let arguments: [String]
    let environment: [String: String]
    /// Told, in a sentence, when the worker had to be started again.
    let notify: @Sendable (String) -> Void

    init(
        slots: Int, lease: Double, study: String, options: DatabaseOptions,
        notify: @escaping @Sendable (String) -> Void
    ) {
        arguments = [
            "worker", "--slots", String(slots), "--lease", String(lease), "--study", study,
            "--data-dir", options.dataFolder, "--supervised",
        ]
        var environment = ProcessInfo.processInfo.environment
        // Not an argument: arguments can be read by everyone on the machine.
        if let address = options.database { environment["DATABASE_URL"] = address }
        self.environment = environment
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
            failures = start.duration(to: .now) > .seconds(30) ? 1 : failures + 1
            let wait = Duration.milliseconds(min(30_000, 500 << min(failures - 1, 6)))
            notify("the worker ended (\(status)); starting another")
            try? await Task.sleep(for: wait)
        }
    }

    private func runOnce() async -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        process.arguments = arguments
        process.environment = environment
        // It ends when this pipe closes, also when we are killed.
        let lifeline = Pipe()
        process.standardInput = lifeline
        process.standardOutput = FileHandle.standardError
        let ended = AsyncStream<String> { stream in
            process.terminationHandler = { process in
                let kind = process.terminationReason == .uncaughtSignal ? "signal" : "status"
                stream.yield("\(kind) \(process.terminationStatus)")
                stream.finish()
            }
        }
        do {
            try process.run()
        } catch {
            return "it could not be started: \(error.localizedDescription)"
        }
        return await withTaskCancellationHandler {
            for await status in ended { return status }
            // The stream ends early when we are cancelled; the process does not.
            return await Task.detached {
                process.waitUntilExit()
                return "stopped"
            }.value
        } onCancel: {
            process.terminate()
        }
    }
}
