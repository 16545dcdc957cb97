import Foundation
import Subprocess

/// One run of a program in `/`, awaited without holding a thread.
///
/// It has no open file of ours: a server that it leaves behind would keep our
/// locks and sockets for good.
struct ChildProcess {
    var executable: String
    var arguments: [String]

    /// Nothing of ours reaches the child but a path and a plain locale: no
    /// PG* variable may redirect it, no secret may show in its environment.
    private static let environment: Environment = .custom([
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/", "LC_ALL": "C",
    ])

    /// Its exit status and what it wrote to standard output, or -1 and nothing
    /// when it cannot be started.
    func output() async -> (status: Int32, text: String) {
        let result = try? await Subprocess.run(
            .name("env"), arguments: Arguments(["-C", "/", executable] + arguments),
            environment: Self.environment, output: .string(limit: 1 << 16), error: .discarded)
        guard let result else { return (-1, "") }
        let text = result.standardOutput.trimmingCharacters(in: .whitespacesAndNewlines)
        return (Self.status(result.terminationStatus), text)
    }

    /// Runs it with all it writes appended to a file; returns its exit status.
    func run(loggingTo path: String) async throws -> Int32 {
        let script = #"cd / && exec "$@" >> "$0" 2>&1"#
        let result = try await Subprocess.run(
            .name("sh"), arguments: Arguments(["-c", script, path, executable] + arguments),
            environment: Self.environment, output: .discarded, error: .discarded)
        return Self.status(result.terminationStatus)
    }

    /// As a shell counts: 128 + n for signal n.
    private static func status(_ status: TerminationStatus) -> Int32 {
        switch status {
        case .exited(let code): Int32(code)
        case .signaled(let signal): 128 + Int32(signal)
        }
    }
}
