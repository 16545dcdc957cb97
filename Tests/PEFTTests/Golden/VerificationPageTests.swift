import Experiments
import Foundation
import Testing

/// docs/verification.md, made by `make verification-table`.
@Suite struct VerificationPageTests {
    private static func text(_ path: String) throws -> String {
        let root = GoldenCase.folder.appending(path: "../../../..").standardizedFileURL
        return try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }

    @Test func `every method has a line, and no line an empty cell`() throws {
        let lines = try Self.text("docs/verification.md").split(separator: "\n").filter {
            $0.hasPrefix("| ")
        }
        for method in Component.methods {
            #expect(lines.contains { $0.contains("`\(method.name)`") }, "\(method.name)")
        }
        #expect(!lines.contains { $0.contains("|  |") })
    }

    @Test func `every golden case of a method is in the record`() throws {
        let record = try #require(
            JSON.parse(Array(Self.text("docs/verification.json").utf8)).object)
        let others = ["head_only", "head_only_absent_pooler", "lora_qv_frozen_pooler"]
        let names = ConfigurationCase.golden.map(\.testDescription)
        #expect(names.count > 40)
        #expect(names.filter { record[$0] == nil } == others)
    }
}
