import Synchronization
import Workers

/// Remembers what a child process said.
final class Recorder: Sendable {
    private let lines = Mutex<(output: [LineSplitter.Line], error: [LineSplitter.Line])>(([], []))

    var listener: ChildProcess.Listener {
        ChildProcess.Listener(
            output: { line in self.lines.withLock { $0.output.append(line) } },
            error: { line in self.lines.withLock { $0.error.append(line) } },
            exit: { _ in })
    }

    var outputLines: [LineSplitter.Line] { lines.withLock { $0.output } }
    var output: [String] { outputLines.map { String(decoding: $0.bytes, as: UTF8.self) } }
    var error: [String] { lines.withLock { $0.error }.map { String(decoding: $0.bytes, as: UTF8.self) } }

    /// Starts a shell script under a guard.
    func launch(script: String, environment: [String: String] = ["PATH": "/usr/bin:/bin"]) async
        -> ChildProcess
    {
        await ChildProcess.launch(
            ["sh", "-c", script], commands: WorkersStandInProcess.commands, environment: environment,
            listener: listener)
    }
}
