import Experiments
import Foundation

/// The files of a private cluster under a data folder.
struct ClusterLayout {
    /// Absolute, without symbolic links.
    let folder: String

    var data: String { folder + "/pgdata" }
    /// Where `initdb` works; renamed to `data` when complete.
    var unfinishedData: String { folder + "/pgdata.new" }
    var log: String { folder + "/pg.log" }
    var lock: String { folder + "/pg.lock" }
    var processFile: String { data + "/postmaster.pid" }

    /// A socket's path holds 107 bytes, and the server reads a list of folders
    /// with rules of its own for blanks, commas and quotes; so for a long or
    /// unusual path the socket lies in a folder named after its hash.
    var sockets: String {
        let beside = folder + "/s"
        if beside.utf8.count <= 80, beside.wholeMatch(of: /[A-Za-z0-9_.\/-]+/) != nil { return beside }
        return "/tmp/peftsearch-" + ContentHash.sha256(of: Array(folder.utf8)).prefix(16)
    }

    /// The port is only the ending of the socket's name: nothing listens on TCP.
    private static let port = 5432
    var socket: String { "\(sockets)/.s.PGSQL.\(Self.port)" }

    var address: DatabaseAddress {
        DatabaseAddress(socketFolder: sockets, port: Self.port, database: "postgres", user: "owner")
    }

    /// - Throws: `InputError` for a path that `pg_ctl` could not pass on: it
    ///   builds a shell command with the path in double quotes.
    init(folder path: String) throws(InputError) {
        let folder = URL(fileURLWithPath: path).standardizedFileURL.resolvingSymlinksInPath().path
        let forbidden = folder.unicodeScalars.contains {
            "\"$`\\".unicodeScalars.contains($0) || $0.value < 0x20
        }
        guard !forbidden else {
            throw InputError(
                path, reason: "cannot hold the database: its path has a quote, $, ` or \\ in it",
                suggestion: "--data-dir with another path")
        }
        self.folder = folder
    }

    /// The major version that made the cluster; nil when there is none yet.
    var version: Int? {
        FileManager.default.contents(atPath: data + "/PG_VERSION")
            .map { String(decoding: $0, as: UTF8.self) }
            .flatMap { Int($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
    }

    /// Who owns the cluster; nil when there is none yet.
    var dataOwner: Int? {
        (try? FileManager.default.attributesOfItem(atPath: data))?[.ownerAccountID]
            .flatMap { $0 as? NSNumber }?.intValue
    }

    /// The end of the server's log on one line, for errors.
    var lastLogLines: String {
        let data = FileManager.default.contents(atPath: log) ?? Data()
        return String(decoding: data.suffix(2000), as: UTF8.self)
            .split(whereSeparator: \.isNewline).suffix(5).joined(separator: " / ")
    }
}
