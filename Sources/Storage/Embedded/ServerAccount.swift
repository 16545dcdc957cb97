import Experiments
import Foundation

/// As whom the server's programs run. PostgreSQL refuses to run as root, so
/// for root each of them is started under another account.
struct ServerAccount {
    private enum Way {
        case directly
        /// `setpriv` drops every privilege (util-linux).
        case setpriv
        case runuser
        /// A user namespace in which root is shown as the account, for a
        /// folder that only root can reach. Less isolation: files stay root's.
        case namespace
    }

    /// Its name, which `peer` authentication sees.
    let name: String
    private let user: Int
    private let group: Int
    private let way: Way

    /// The account for a cluster: ourselves unless we are root, then the owner
    /// of `data`, if it exists, else PG_RUN_AS, `postgres` or `nobody`.
    static func suited(
        to layout: ClusterLayout, environment: [String: String] = ProcessInfo.processInfo.environment
    ) async throws -> ServerAccount {
        let owner = layout.dataOwner
        guard geteuid() == 0 else {
            if let owner, owner != Int(geteuid()) {
                throw InputError(
                    layout.data, reason: "belongs to another user (\(owner))",
                    suggestion: "run as that user or as root, or use another --data-dir")
            }
            return try await lookUp(String(geteuid()), way: .directly)
        }
        guard owner != 0 else { return try await lookUp(fallbackName(environment), way: .namespace) }
        let way: Way = FileManager.default.isExecutableFile(atPath: "/usr/bin/setpriv") ? .setpriv : .runuser
        let wanted = if let owner { String(owner) } else { await fallbackName(environment) }
        let account = try await lookUp(wanted, way: way)
        if await account.succeeds("/usr/bin/test", ["-x", layout.folder]) { return account }
        let shown = ServerAccount(
            name: account.name, user: account.user, group: account.group, way: .namespace)
        if owner == nil, await shown.succeeds("/usr/bin/true", []) { return shown }
        throw InputError(
            layout.folder, reason: "user \(account.name), as whom the database server runs, cannot enter it",
            suggestion: "chmod o+x the folders above it, or use another --data-dir")
    }

    private static func fallbackName(_ environment: [String: String]) async -> String {
        if let told = environment["PG_RUN_AS"], !told.isEmpty { return told }
        let exists =
            await ChildProcess(executable: "/usr/bin/id", arguments: ["-u", "postgres"]).output().status == 0
        return exists ? "postgres" : "nobody"
    }

    private static func lookUp(_ account: String, way: Way) async throws -> ServerAccount {
        func ask(_ option: String) async -> String {
            await ChildProcess(executable: "/usr/bin/id", arguments: [option, "--", account]).output().text
        }
        guard let user = Int(await ask("-u")), let group = Int(await ask("-g")) else {
            throw InputError(
                "user \(account)", reason: "does not exist here, so the database server cannot run as it",
                suggestion: "PG_RUN_AS=name of a user that is not root")
        }
        return ServerAccount(name: await ask("-un"), user: user, group: group, way: way)
    }

    /// The same program, run as this account.
    func command(_ executable: String, _ arguments: [String]) -> ChildProcess {
        switch way {
        case .directly: ChildProcess(executable: executable, arguments: arguments)
        case .setpriv:
            ChildProcess(
                executable: "/usr/bin/setpriv",
                arguments: [
                    "--reuid", "\(user)", "--regid", "\(group)", "--clear-groups", "--inh-caps=-all",
                    "--no-new-privs", executable,
                ] + arguments)
        case .runuser:
            ChildProcess(
                executable: "/usr/sbin/runuser", arguments: ["-u", name, "--", executable] + arguments)
        case .namespace:
            ChildProcess(
                executable: "/usr/bin/unshare",
                arguments: ["--user", "--map-user=\(user)", "--map-group=\(group)", "--", executable]
                    + arguments)
        }
    }

    /// Gives a file or folder that root made to the account.
    func own(_ path: String) throws {
        guard way == .setpriv || way == .runuser else { return }
        guard lchown(path, uid_t(user), gid_t(group)) == 0 else {
            throw InputError(path, reason: "cannot be given to user \(name) (error \(errno))")
        }
    }

    private func succeeds(_ executable: String, _ arguments: [String]) async -> Bool {
        await command(executable, arguments).output().status == 0
    }
}
