import Foundation
import Testing

/// The help of every command as it was last recorded. After a wanted change
/// record it again: PEFTSEARCH_RECORD_SNAPSHOTS=1 swift test --filter HelpTests
struct HelpTests {
    private static let folder = Program.root + "/Tests/CLITests/Snapshots"
    private static let isRecording =
        ProcessInfo.processInfo.environment["PEFTSEARCH_RECORD_SNAPSHOTS"] == "1"

    private static let commands = [
        "", "run", "study", "study create", "study list", "study show", "study inputs", "study importance",
        "study prune",
        "study delete", "study pause", "study resume", "study stop",
        "front", "trials", "trial", "fuse", "export", "replay", "predict", "train", "proxies", "ask",
        "controller",
        "worker", "workers", "workers list", "workers drain", "workers submit",
        "database", "database start",
        "database stop", "database migrate", "database roles", "database status", "database url", "doctor",
        "methods", "plan",
    ]

    @Test(arguments: commands)
    func `the help of a command is as recorded`(command: String) async throws {
        let ending = try await Program(folder: "/").run(Self.words(command) + ["--help"])
        #expect(ending.status == 0)
        #expect(ending.error == "")
        let path = "\(Self.folder)/\(Self.file(command))"
        if Self.isRecording {
            try ending.output.write(toFile: path, atomically: true, encoding: .utf8)
        }
        #expect((try? String(contentsOfFile: path, encoding: .utf8)) == ending.output)
    }

    @Test func `no command is without a recording`() async throws {
        var found: Set<String> = [""]
        for command in ["", "study", "workers", "database"] {
            let help = try await Program(folder: "/").run(Self.words(command) + ["--help"]).output
            for name in Self.subcommands(in: help) {
                found.insert(command.isEmpty ? name : "\(command) \(name)")
            }
        }
        #expect(found == Set(Self.commands))
        let recorded = try FileManager.default.contentsOfDirectory(atPath: Self.folder)
        #expect(Set(recorded) == Set(Self.commands.map(Self.file)))
    }

    private static func words(_ command: String) -> [String] {
        command.split(separator: " ").map(String.init)
    }

    private static func file(_ command: String) -> String {
        (["peftsearch"] + words(command)).joined(separator: "-") + ".txt"
    }

    /// Their names stand two blanks in; the lines of a long abstract further.
    private static func subcommands(in help: String) -> [String] {
        help.split(separator: "\n").drop { $0 != "SUBCOMMANDS:" }.dropFirst()
            .filter { $0.hasPrefix("  ") && !$0.hasPrefix("   ") && !$0.hasPrefix("  See ") }
            .compactMap { $0.split(separator: " ").first.map(String.init) }
    }
}
