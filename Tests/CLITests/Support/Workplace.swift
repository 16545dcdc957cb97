import Experiments
import Foundation
import Storage
import Testing

/// A temporary folder with study files and data, and the program in it.
///
/// The private PostgreSQL is shared by all tests that do not ask for one of
/// their own; each test names its studies differently.
struct Workplace: Sendable {
    let folder: String
    /// Where `--data-dir` points.
    let dataFolder: String

    /// Makes the folder, lends it to `body`, and takes it away.
    /// - Parameter ownDatabase: whether the data folder is this workplace's.
    static func use(ownDatabase: Bool = false, _ body: (Workplace) async throws -> Void) async throws {
        let folder = try makeFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let place = Workplace(
            folder: folder, dataFolder: ownDatabase ? folder + "/store" : SharedStore.folder)
        guard ownDatabase else { return try await body(place) }
        defer { EmbeddedPostgres(dataFolder: place.dataFolder).abandon() }
        try await body(place)
    }

    static func makeFolder() throws -> String {
        let path = FileManager.default.temporaryDirectory.path + "/peftsearch-cli-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }

    func path(_ name: String) -> String { folder + "/" + name }

    @discardableResult
    func write(_ name: String, _ text: String) throws -> String {
        try write(name, Array(text.utf8))
    }

    @discardableResult
    func write(_ name: String, _ bytes: [UInt8]) throws -> String {
        let path = path(name)
        let parent = (path as NSString).deletingLastPathComponent
        try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        return path
    }

    func read(_ name: String) throws -> String {
        try String(contentsOfFile: path(name), encoding: .utf8)
    }

    /// Everything under the folder, sorted: what a refused command must leave
    /// as it was.
    var files: [String] {
        ((try? FileManager.default.subpathsOfDirectory(atPath: folder)) ?? []).sorted()
    }

    var program: Program { Program(folder: folder) }

    /// Runs the program on this workplace's store.
    func run(
        _ arguments: String..., environment: [String: String] = [:],
        onLine: @escaping @Sendable (String, Int32) -> Void = { _, _ in }
    ) async throws -> Program.Ending {
        try await Program(folder: folder, environment: environment)
            .run(arguments + ["--data-dir", dataFolder], onLine: onLine)
    }

    /// Runs a script of the shell, in which `$PEFTSEARCH` is the program and
    /// `$STORE` the data folder.
    func shell(_ script: String) async throws -> Program.Ending {
        try await Program(folder: folder, environment: ["STORE": dataFolder]).shell(script)
    }

    /// What the program writes to standard output; a failed run fails the test.
    func output(_ arguments: String...) async throws -> String {
        let ending = try await program.run(arguments + ["--data-dir", dataFolder])
        #expect(ending.status == 0, "\(arguments): \(ending.error)")
        return ending.output
    }

    func json(_ arguments: String...) async throws -> JSON {
        let ending = try await program.run(
            arguments + ["--format", "json", "--data-dir", dataFolder])
        #expect(ending.status == 0, "\(arguments): \(ending.error)")
        return try JSON.parse(ending.output)
    }
}

/// The data folder that tests share; its server ends with the process.
private enum SharedStore {
    static let folder: String = {
        let path = FileManager.default.temporaryDirectory.path + "/peftsearch-cli-store-\(getpid())"
        atexit { EmbeddedPostgres(dataFolder: SharedStore.folder).abandon() }
        return path
    }()
}

extension Trait where Self == ConditionTrait {
    /// Skips where there is no PostgreSQL to start, unless one is required.
    static var needsPostgres: Self {
        .enabled("needs PostgreSQL: apt-get install postgresql") {
            if ProcessInfo.processInfo.environment["PEFTSEARCH_REQUIRE_POSTGRES"] == "1" { return true }
            return (try? await Store.isAvailable.value) ?? false
        }
    }
}

private enum Store {
    static let isAvailable = Task {
        let folder = try Workplace.makeFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let ending = try await Program(folder: folder)
            .run(["database", "start", "--data-dir", SharedStore.folder])
        return ending.status == 0
    }
}
