public import Experiments

/// Where a PostgreSQL database is, as libpq understands it: a URL
/// (`postgresql://user@host:5432/database?sslmode=verify-full`) or keys and
/// values (`host=... dbname=... user=...`).
///
/// What an address leaves out comes from the variables PGHOST, PGUSER and so
/// on, and from the password file. Its description never holds a secret.
public struct DatabaseAddress: Sendable, Hashable, CustomStringConvertible {
    private var settings: [String: String]
    private var secrets: Set<String>

    /// - Throws: `InputError` that never quotes the address, for it may hold a
    ///   password.
    public init(_ text: String) throws(InputError) {
        switch PostgresConnection.settings(of: text) {
        case .success(let found):
            settings = Dictionary(found.map { ($0.key, $0.value) }) { _, last in last }
            secrets = Set(found.filter(\.isSecret).map(\.key))
        case .failure(let refusal):
            throw Self.unreadable(refusal)
        }
    }

    /// The address in DATABASE_URL, or what the PG* variables say (libpq reads
    /// them itself); nil when neither is set.
    public static func inEnvironment(_ environment: [String: String]) throws(InputError) -> DatabaseAddress? {
        if let url = environment["DATABASE_URL"], !url.isEmpty { return try DatabaseAddress(url) }
        let hasVariables = ["PGHOST", "PGHOSTADDR", "PGDATABASE", "PGSERVICE"].contains {
            environment[$0]?.isEmpty == false
        }
        return hasVariables ? try DatabaseAddress("") : nil
    }

    /// A database reached through a socket in a folder, without a password.
    init(socketFolder: String, port: Int, database: String, user: String) {
        settings = ["host": socketFolder, "port": String(port), "dbname": database, "user": user]
        secrets = []
    }

    /// Whether the address itself has a password or another secret.
    public var holdsSecret: Bool { secrets.contains { settings[$0]?.isEmpty == false } }

    /// A URL that any PostgreSQL client accepts, without secrets.
    public var description: String { url(scheme: "postgresql", settings) }

    /// A URL for Python's SQLAlchemy with psycopg2, without secrets, whose
    /// sessions find the tables of `schema` and no others.
    public func sqlAlchemyURL(schema: String) -> String {
        let path = "-csearch_path=\(schema)"
        let options = settings["options"].map { "\($0) \(path)" } ?? path
        return url(scheme: "postgresql+psycopg2", settings.merging(["options": options]) { $1 })
    }

    private func url(scheme: String, _ settings: [String: String]) -> String {
        func encode(_ text: String) -> String {
            text.utf8.map { byte in
                let scalar = Unicode.Scalar(byte)
                if scalar.properties.isAlphabetic && scalar.isASCII
                    || "0123456789-._~/".unicodeScalars.contains(scalar)
                {
                    return String(scalar)
                }
                return "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }.joined()
        }
        let user = settings["user"].map { encode($0) + "@" } ?? ""
        let database = settings["dbname"].map { "/" + encode($0) } ?? "/"
        let rest = settings.filter { !secrets.contains($0.key) && $0.key != "user" && $0.key != "dbname" }
            .sorted { $0.key < $1.key }.map { "\($0.key)=\(encode($0.value))" }
        return "\(scheme)://\(user)\(database)" + (rest.isEmpty ? "" : "?" + rest.joined(separator: "&"))
    }

    /// The text without the secrets of this address.
    func redact(_ text: String) -> String {
        secrets.compactMap { settings[$0] }.filter { !$0.isEmpty }
            .reduce(text) { text, secret in text.replacing(secret, with: "…") }
            .trimmingNewlines
    }

    /// What libpq is given: the address over our defaults, which make a lost
    /// network show within half a minute instead of two hours.
    package var connectionSettings: [String: String] {
        [
            "connect_timeout": "5", "keepalives": "1", "keepalives_idle": "15", "keepalives_interval": "5",
            "keepalives_count": "3", "tcp_user_timeout": "20000", "application_name": "peftsearch",
        ].merging(settings) { _, given in given }.merging(["client_encoding": "UTF8"]) { _, ours in ours }
    }

    /// Every quotation is left out of libpq's reason: a misplaced blank or
    /// sign makes a part of the password look like a key.
    private static func unreadable(_ refusal: ConnectionRefusal) -> InputError {
        let quoted = refusal.message.split(separator: "\"", omittingEmptySubsequences: false)
        let near =
            quoted.count > 1
            ? InputError.nearest(to: String(quoted[1]), in: PostgresConnection.knownKeys()) : nil
        return InputError(
            "database address",
            reason: "cannot be read: \(refusal.message.withoutQuotations.trimmingNewlines)",
            suggestion: near.map { "the key \($0)" }
                ?? "postgresql://user@host:5432/database, or: host=... port=5432 dbname=... user=...")
    }
}

extension String {
    fileprivate var trimmingNewlines: String {
        split(whereSeparator: \.isNewline).joined(separator: " ")
    }
}
