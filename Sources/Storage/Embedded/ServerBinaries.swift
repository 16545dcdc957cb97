import Experiments
import Foundation

/// Where the programs of a PostgreSQL server are, and their major version.
struct ServerBinaries {
    let folder: String
    let version: Int

    var initdb: String { folder + "/initdb" }
    var control: String { folder + "/pg_ctl" }

    /// The folder in PGBIN; else the highest of `/usr/lib/postgresql/*/bin`,
    /// what `pg_config` says, or where `initdb` on the path leads to.
    /// - Parameter version: the major version that is needed, if any.
    static func find(
        version needed: Int?, environment: [String: String] = ProcessInfo.processInfo.environment
    ) async throws -> ServerBinaries {
        var found: [ServerBinaries] = []
        for folder in await candidates(environment) {
            guard let binaries = await ServerBinaries(in: folder) else { continue }
            if needed == nil || binaries.version == needed { return binaries }
            found.append(binaries)
        }
        guard let needed, let other = found.first else {
            throw InputError(
                "PostgreSQL", reason: "no server programs (initdb, pg_ctl, postgres) on this machine",
                suggestion: "apt-get install postgresql, or PGBIN=/folder/of/them, or --database URL")
        }
        throw InputError(
            "PostgreSQL",
            reason: "the data folder was made by version \(needed), here is version \(other.version)",
            suggestion: "apt-get install postgresql-\(needed), or pg_upgrade, or another --data-dir")
    }

    private static func candidates(_ environment: [String: String]) async -> [String] {
        if let told = environment["PGBIN"], !told.isEmpty { return [told] }
        let root = "/usr/lib/postgresql"
        let installed = ((try? FileManager.default.contentsOfDirectory(atPath: root)) ?? [])
            .compactMap(Int.init).sorted(by: >).map { "\(root)/\($0)/bin" }
        let configured = await ChildProcess(
            executable: "/usr/bin/env", arguments: ["pg_config", "--bindir"]
        ).output().text
        let onPath = (environment["PATH"] ?? "").split(separator: ":").map { folder in
            URL(fileURLWithPath: folder + "/initdb").resolvingSymlinksInPath().deletingLastPathComponent()
                .path
        }
        return installed + [configured] + onPath
    }

    /// Nil unless all three programs are there.
    private init?(in folder: String) async {
        guard
            ["initdb", "pg_ctl", "postgres"].allSatisfy({
                FileManager.default.isExecutableFile(atPath: folder + "/" + $0)
            })
        else { return nil }
        // "postgres (PostgreSQL) 15.20 (Debian 15.20-0+deb12u1)"
        let told = await ChildProcess(executable: folder + "/postgres", arguments: ["--version"]).output()
            .text
        guard let match = told.firstMatch(of: /\(PostgreSQL\) ([0-9]+)/), let version = Int(match.1) else {
            return nil
        }
        self.folder = folder
        self.version = version
    }
}
