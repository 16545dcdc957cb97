public import Experiments
import Foundation

/// The numbered pairs of SQL files that build the schema, checked against
/// `checksums.txt` beside them.
public struct MigrationFiles: Sendable {
    /// One step of the schema, with its way back.
    public struct Migration: Sendable, Hashable {
        /// From 1, without gaps.
        public let version: Int
        /// What it adds, from the file's name.
        public let name: String
        let up: String
        let down: String
        /// SHA-256 of the way up: what a database remembers.
        let checksum: String
    }

    /// By version.
    public let migrations: [Migration]

    /// Reads a folder of `0001_name.up.sql`, `0001_name.down.sql` and so on.
    /// - Throws: `InputError` for a missing or additional file, a gap in the
    ///   numbers, or a file whose checksum differs.
    public init(in folder: String) throws(InputError) {
        let checksums = try Self.checksums(in: folder)
        let present = Set((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [])
            .filter { $0.hasSuffix(".sql") }
        if let stray = present.subtracting(checksums.keys).sorted().first {
            throw InputError(
                folder + "/" + stray, reason: "is not named in checksums.txt",
                suggestion: "install the migrations of one release together")
        }
        var migrations: [Migration] = []
        for file in checksums.keys.sorted() where file.hasSuffix(".up.sql") {
            migrations.append(
                try Self.migration(file, number: migrations.count + 1, in: folder, checksums: checksums))
        }
        guard !migrations.isEmpty, checksums.count == 2 * migrations.count else {
            throw InputError(
                folder, reason: "checksums.txt does not name pairs of .up.sql and .down.sql files")
        }
        self.migrations = migrations
    }

    private static func migration(
        _ file: String, number: Int, in folder: String, checksums: [String: String]
    ) throws(InputError) -> Migration {
        let stem = String(file.dropLast(".up.sql".count))
        guard let match = stem.wholeMatch(of: /([0-9]{4})_([a-z0-9_]+)/), Int(match.1) == number else {
            throw InputError(
                folder + "/" + file, reason: "is not migration number \(number)",
                suggestion: "numbers run from 0001 without gaps")
        }
        return Migration(
            version: number, name: String(match.2),
            up: try read(file, in: folder, checksums: checksums),
            down: try read(stem + ".down.sql", in: folder, checksums: checksums),
            checksum: checksums[file] ?? "")
    }

    private static func read(
        _ file: String, in folder: String, checksums: [String: String]
    ) throws(InputError) -> String {
        let path = folder + "/" + file
        guard let data = FileManager.default.contents(atPath: path),
            let text = String(validating: data, as: UTF8.self)
        else { throw InputError(path, reason: "cannot be read") }
        guard ContentHash.sha256(of: Array(data)) == checksums[file] else {
            throw InputError(
                path, reason: "differs from its checksum: it was changed after its release",
                suggestion: "restore the file; a change of the schema is a new migration")
        }
        return text
    }

    /// Lines as `sha256sum` writes them: hash, two blanks, file.
    private static func checksums(in folder: String) throws(InputError) -> [String: String] {
        let path = folder + "/checksums.txt"
        guard let data = FileManager.default.contents(atPath: path) else {
            throw InputError(path, reason: "cannot be read")
        }
        var checksums: [String: String] = [:]
        for line in String(decoding: data, as: UTF8.self).split(whereSeparator: \.isNewline) {
            guard let match = line.wholeMatch(of: /([0-9a-f]{64})  ([A-Za-z0-9_.]+)/) else {
                throw InputError(path, reason: "has a line that is not 'SHA-256  file'")
            }
            checksums[String(match.2)] = String(match.1)
        }
        return checksums
    }
}
