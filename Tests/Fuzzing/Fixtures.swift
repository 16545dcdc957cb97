import Experiments
import Foundation

/// The good files of the tests.
enum Fixtures {
    private static let tests = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent()
    private static let root = tests.appending(path: "PEFTTests/Fixtures")
    static let tinyBERT = "golden/tiny-bert"
    static let tinyRoBERTa = "golden/roberta/tiny-roberta"

    static func path(_ name: String) -> String { root.appending(path: name).path }

    static func bytes(_ name: String) throws -> [UInt8] {
        try RegularFile(path: path(name)).contents(limit: 1 << 20)
    }

    static func json(_ name: String) throws -> JSON { try JSON.parse(bytes(name)) }

    /// Of the repository, from its root.
    static func example(_ name: String) throws -> [UInt8] {
        try RegularFile(path: tests.appending(path: "../examples/\(name)").path).contents(limit: 1 << 20)
    }

    /// The configurations of the golden cases.
    static func configurations() throws -> [JSON] {
        try FileManager.default.contentsOfDirectory(atPath: path("golden")).sorted()
            .filter { $0.hasSuffix(".json") }
            .compactMap { try json("golden/\($0)")["configuration"] }
    }
}
