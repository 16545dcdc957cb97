import Experiments
import Foundation
import Storage
import Testing

struct MigrationFilesTests {
    @Test func `the committed migrations match their checksums`() throws {
        let files = try TestDatabase.files.get()
        #expect(files.migrations.map(\.version) == Array(1...15))
        #expect(files.migrations.first?.name == "studies_and_trials")
    }

    @Test func `a changed file is refused by name`() throws {
        try withCopy { folder in
            let path = folder + "/0002_work_and_leases.up.sql"
            let text = try String(contentsOfFile: path, encoding: .utf8)
            try (text + " ").write(toFile: path, atomically: false, encoding: .utf8)
            let error = #expect(throws: InputError.self) { try MigrationFiles(in: folder) }
            #expect(error?.subject == path)
            #expect(error?.reason.contains("differs from its checksum") == true)
        }
    }

    @Test func `a missing way back, an additional file and a gap are refused`() throws {
        try withCopy { folder in
            try FileManager.default.removeItem(atPath: folder + "/0003_measurements_and_fronts.down.sql")
            #expect(throws: InputError.self) { try MigrationFiles(in: folder) }
        }
        try withCopy { folder in
            try "SELECT 1".write(toFile: folder + "/0006_stray.up.sql", atomically: false, encoding: .utf8)
            let error = #expect(throws: InputError.self) { try MigrationFiles(in: folder) }
            #expect(error?.reason.contains("checksums.txt") == true)
        }
        try withCopy { folder in
            let list = folder + "/checksums.txt"
            let lines = try String(contentsOfFile: list, encoding: .utf8).split(separator: "\n")
            try lines.filter { !$0.contains("0002_") }.joined(separator: "\n")
                .write(toFile: list, atomically: false, encoding: .utf8)
            for end in ["up", "down"] {
                try FileManager.default.removeItem(atPath: folder + "/0002_work_and_leases.\(end).sql")
            }
            let error = #expect(throws: InputError.self) { try MigrationFiles(in: folder) }
            #expect(error?.reason.contains("is not migration number 2") == true)
        }
    }

    @Test func `a folder without migrations is refused with what to try`() {
        let error = #expect(throws: InputError.self) { try MigrationFiles.locate("/", environment: [:]) }
        #expect(error?.reason.contains("no checksums.txt") == true)
        #expect(throws: InputError.self) {
            try MigrationFiles.locate(environment: ["PEFTSEARCH_MIGRATIONS": "/nowhere"])
        }
    }

    private func withCopy(_ body: (String) throws -> Void) throws {
        let source = try MigrationFiles.locate(environment: ProcessInfo.processInfo.environment)
        let folder = FileManager.default.temporaryDirectory.path + "/migrations-\(UUID().uuidString)"
        try FileManager.default.copyItem(atPath: source, toPath: folder)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try body(folder)
    }
}
