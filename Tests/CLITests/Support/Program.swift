import Foundation
import Subprocess
import Testing

/// The built program, run as a user runs it: another process, its own folder.
struct Program: Sendable {
    /// How a run ended and what it wrote.
    struct Ending: Sendable {
        /// As a shell gives it: 128 + n for signal n.
        let status: Int32
        let output: String
        let error: String
        let process: Int32
    }

    /// Where relative paths begin.
    var folder: String
    /// Over a clean environment without any database.
    var environment: [String: String] = [:]

    /// Runs it to its end.
    /// - Parameter onLine: gets each line of standard error and the process.
    func run(
        _ arguments: [String], onLine: @escaping @Sendable (String, Int32) -> Void = { _, _ in }
    ) async throws -> Ending {
        try await execute([Self.path] + arguments, onLine: onLine)
    }

    /// Runs a script of the shell in which `$PEFTSEARCH` is the program.
    func shell(_ script: String) async throws -> Ending {
        var copy = self
        copy.environment["PEFTSEARCH"] = Self.path
        return try await copy.execute(["sh", "-c", script]) { _, _ in }
    }

    private func execute(
        _ command: [String], onLine: @escaping @Sendable (String, Int32) -> Void
    ) async throws -> Ending {
        var options = PlatformOptions()
        options.processGroupID = 0
        // `env -C` sets the folder; the program then takes its place as the same process.
        let result = try await Subprocess.run(
            .name("env"),
            arguments: Arguments(["-C", folder, "-i"] + variables + command),
            platformOptions: options, input: .none, output: .sequence, error: .sequence
        ) { execution in
            let process = execution.processIdentifier.value
            async let output = Self.text(execution.standardOutput) { _ in }
            let error = try await Self.text(execution.standardError) { onLine($0, process) }
            return (try await output, error, process)
        }
        let (output, error, process) = result.closureResult
        return Ending(
            status: Self.status(result.terminationStatus), output: output, error: error, process: process)
    }

    private static func text(
        _ stream: SubprocessOutputSequence, onLine: (String) -> Void
    ) async throws -> String {
        var all: [UInt8] = []
        var start = 0
        for try await buffer in stream {
            all += Data(buffer: buffer)
            while let end = all[start...].firstIndex(of: UInt8(ascii: "\n")) {
                onLine(String(decoding: all[start..<end], as: UTF8.self))
                start = end + 1
            }
        }
        return String(decoding: all, as: UTF8.self)
    }

    private var variables: [String] {
        let inherited = ["PATH", "HOME", "TMPDIR", "PEFTSEARCH_MIGRATIONS"].compactMap { name in
            ProcessInfo.processInfo.environment[name].map { (name, $0) }
        }
        return Dictionary(inherited) { first, _ in first }.merging(environment) { _, given in given }
            .map { "\($0)=\($1)" }.sorted()
    }

    private static func status(_ status: TerminationStatus) -> Int32 {
        switch status {
        case .exited(let code): code
        case .signaled(let number): 128 + number
        }
    }

    /// Beside the bundle of the tests, where the same build put it.
    static let path: String = {
        let bundle = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        let folders = [bundle.deletingLastPathComponent().path, root + "/.build/release"]
        let found = folders.map { $0 + "/peftsearch" }
        return found.first(where: FileManager.default.isExecutableFile(atPath:)) ?? found[0]
    }()

    /// The folder of the package.
    static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().path
}
