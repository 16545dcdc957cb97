import Foundation
import Subprocess
import Testing

@Suite(
    .needsPostgres,
    .enabled("needs python3") { FileManager.default.isExecutableFile(atPath: "/usr/bin/python3") })
struct RecoveryTests {
    /// The long form is run by hand: tools/check_recovery.py
    @Test func `kills of the worker, the run and the database change nothing`() async throws {
        let result = try await Subprocess.run(
            .name("python3"),
            arguments: [
                Program.root + "/tools/check_recovery.py", "--program", Program.path, "--trials", "16",
                "--kills", "1", "--workers", "2", "--lease", "2",
            ],
            output: .string(limit: 1 << 20), error: .string(limit: 1 << 20))
        #expect(
            result.terminationStatus == .exited(0),
            "\(result.standardOutput)\(result.standardError)")
        #expect(result.standardOutput.contains("same trials, same front, every trial finished once"))
    }
}
