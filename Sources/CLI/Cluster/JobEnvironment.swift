import Experiments
import Foundation
import Storage

/// How workers of a job reach the store: by what may stand in a script that
/// others can read, or by a file that they cannot.
struct JobEnvironment {
    /// Without secrets.
    var variables: [(name: String, value: String)] = []
    /// As an absolute path.
    var file: String?

    private static let elsewhere =
        "a file of mode 600 with the line DATABASE_URL=... for --environment-file, or ~/.pgpass"
    private static let shown = [
        "PGHOST", "PGHOSTADDR", "PGPORT", "PGDATABASE", "PGUSER", "PGSERVICE", "PGSERVICEFILE", "PGPASSFILE",
        "PGSSLMODE", "PGSSLROOTCERT", "PGSSLCERT", "PGSSLKEY", "PGCHANNELBINDING",
    ]
    private static let ours = ["PEFTSEARCH_MIGRATIONS", "PEFTSEARCH_INPUTS", "PEFTSEARCH_OPENBLAS_CORETYPE"]

    /// - Parameters:
    ///   - database: as `--database` gives it.
    ///   - file: as `--environment-file` gives it.
    init(database: String?, file: String?, _ environment: [String: String]) throws(InputError) {
        variables = Self.variables(Self.ours, in: environment)
        if let file {
            self.file = try Self.checked(file)
            if database == nil { return }
        }
        let source = database == nil ? "DATABASE_URL" : "--database"
        if let address = database ?? environment["DATABASE_URL"].flatMap({ $0.isEmpty ? nil : $0 }) {
            guard try !DatabaseAddress(address).holdsSecret else {
                throw InputError(
                    source, reason: "holds a password, and others can read the script of a job",
                    suggestion: Self.elsewhere)
            }
            variables.append(("DATABASE_URL", address))
        } else if try DatabaseAddress.inEnvironment(environment) == nil {
            throw InputError(
                "--database",
                reason: "is missing: workers on other machines cannot reach a private PostgreSQL",
                suggestion: "--database postgresql://user@host/name, PGSERVICE, or --environment-file FILE")
        }
        variables += Self.variables(Self.shown, in: environment)
        guard environment["PGPASSWORD"]?.isEmpty != false || file != nil else {
            throw InputError(
                "PGPASSWORD", reason: "is not handed to the job: others can read what a job is given",
                suggestion: Self.elsewhere)
        }
    }

    private static func variables(
        _ names: [String], in environment: [String: String]
    ) -> [(name: String, value: String)] {
        names.compactMap { name in environment[name].flatMap { $0.isEmpty ? nil : (name, $0) } }
    }

    private static func checked(_ path: String) throws(InputError) -> String {
        let file = try RegularFile(path: path)
        let attributes = try? FileManager.default.attributesOfItem(
            atPath: URL(fileURLWithPath: path).resolvingSymlinksInPath().path)
        let mode = (attributes?[.posixPermissions] as? NSNumber)?.intValue ?? 0o777
        guard mode & 0o077 == 0 else {
            throw InputError(
                file.path, reason: "may be read by others (mode \(String(mode, radix: 8)))",
                suggestion: "chmod 600 \(ShellWord.quoted(path))")
        }
        return URL(fileURLWithPath: path).standardizedFileURL.path
    }
}
