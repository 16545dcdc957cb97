import Foundation
import Testing
import Yams

/// docker-compose.yml names commands of the program, which nothing else checks.
struct ComposeFileTests {
    @Test func `every command in the compose file is one of the program's`() async throws {
        let text = try String(contentsOfFile: Program.root + "/docker-compose.yml", encoding: .utf8)
        let commands = try text.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
            .filter { $0.hasPrefix("command:") }
            .map { try Self.words(of: $0.dropFirst("command:".count)) }
        #expect(commands.count >= 4)
        for words in commands {
            let ending = try await Program(folder: "/").run(words + ["--help"])
            #expect(ending.status == 0, "\(words): \(ending.error)")
            let name = words.prefix { !$0.hasPrefix("-") }
            let usage = (["USAGE: peftsearch"] + name).joined(separator: " ") + " "
            #expect(ending.output.contains(usage), "\(words): \(ending.output.prefix(200))")
        }
    }

    @Test func `any number of workers can stand side by side`() throws {
        let text = try String(contentsOfFile: Program.root + "/docker-compose.yml", encoding: .utf8)
        let services = try #require(
            (try Yams.load(yaml: text) as? [String: Any])?["services"] as? [String: Any])
        let worker = try #require(services["worker"] as? [String: Any])
        for key in ["container_name", "ports", "hostname"] { #expect(worker[key] == nil, "\(key)") }
        for mount in worker["volumes"] as? [String] ?? [] { #expect(mount.hasSuffix(":ro"), "\(mount)") }
    }

    /// The words of a list in one line, which is JSON as well as YAML.
    private static func words(of list: Substring) throws -> [String] {
        try JSONDecoder().decode([String].self, from: Data(list.utf8))
    }
}
