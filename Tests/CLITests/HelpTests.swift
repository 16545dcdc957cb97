import Foundation
import Testing

/// The help of every command as it was last recorded. After a wanted change
/// record it again: PEFTSEARCH_RECORD_SNAPSHOTS=1 swift test --filter HelpTests
struct HelpTests {
    private static let folder = Program.root + "/Tests/CLITests/Snapshots"
    private static let isRecording = ProcessInfo.processInfo.environment["PEFTSEARCH_RECORD_SNAPSHOTS"] == "1"

    @Test func `the help of every command is as recorded`() async throws {
        var names: [String] = []
        var open: [[String]] = [[]]
        while let command = open.popLast() {
            let ending = try await Program(folder: "/").run(command + ["--help"])
            #expect(ending.status == 0)
            #expect(ending.error == "")
            let name = (["peftsearch"] + command).joined(separator: " ")
            try compare(ending.output, with: name)
            names.append(name + ".txt")
            open += Self.subcommands(in: ending.output).map { command + [$0] }
        }
        #expect(names.count >= 15)
        let recorded = try FileManager.default.contentsOfDirectory(atPath: Self.folder)
        #expect(Set(recorded) == Set(names), "a snapshot without a command, or a command without one")
    }

    private func compare(_ help: String, with name: String) throws {
        let path = "\(Self.folder)/\(name).txt"
        if Self.isRecording {
            try help.write(toFile: path, atomically: true, encoding: .utf8)
        }
        #expect((try? String(contentsOfFile: path, encoding: .utf8)) == help, "\(name) --help")
    }

    private static func subcommands(in help: String) -> [String] {
        help.split(separator: "\n").drop { $0 != "SUBCOMMANDS:" }.dropFirst()
            .prefix { $0.hasPrefix("  ") }
            .filter { !$0.hasPrefix("   ") }
            .compactMap { $0.split(separator: " ").first.map(String.init) }
    }
}
