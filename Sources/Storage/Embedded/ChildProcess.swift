import Experiments
import Foundation

/// One run of a program, awaited without holding a thread.
struct ChildProcess {
    var executable: String
    var arguments: [String]

    /// The same program without any open file but the standard three.
    ///
    /// Foundation holds a program for running as long as anybody has a socket
    /// that it hands to the program; a server that the program leaves behind
    /// would have it for good.
    var withoutInheritedFiles: ChildProcess {
        let script =
            #"for f in /proc/self/fd/*; do f=${f##*/}; [ $f -gt 2 ] && eval "exec $f>&-"; done; exec "$@""#
        return ChildProcess(
            executable: "/bin/bash", arguments: ["-c", script, "bash", executable] + arguments)
    }

    /// Nothing of ours reaches the child but a path and a plain locale: no
    /// PG* variable may redirect it, no secret may show in its environment.
    private static let environment = [
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/", "LC_ALL": "C",
    ]

    /// Runs it in `/` and returns its exit status and what it wrote to
    /// standard output, or -1 and nothing when it cannot be started.
    func output() async -> (status: Int32, text: String) {
        let pipe = Pipe()
        guard let status = try? await run(output: pipe.fileHandleForWriting, errors: .nullDevice) else {
            return (-1, "")
        }
        try? pipe.fileHandleForWriting.close()
        let data = (try? pipe.fileHandleForReading.readToEnd()) ?? Data()
        return (status, String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines))
    }

    /// Runs it in `/` with all it writes appended to a file; returns its exit
    /// status.
    func run(loggingTo path: String) async throws -> Int32 {
        guard let log = FileHandle(forWritingAtPath: path) else {
            throw InputError(path, reason: "cannot be written")
        }
        defer { try? log.close() }
        try log.seekToEnd()
        return try await run(output: log, errors: log)
    }

    private func run(output: FileHandle, errors: FileHandle) async throws -> Int32 {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: executable)
        process.arguments = arguments
        process.environment = Self.environment
        process.currentDirectoryURL = URL(fileURLWithPath: "/")
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = errors
        return try await withCheckedThrowingContinuation { continuation in
            process.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
            do {
                try process.run()
            } catch {
                process.terminationHandler = nil
                continuation.resume(
                    throwing: InputError(executable, reason: "cannot be run: \(error.localizedDescription)"))
            }
        }
    }
}
