import Experiments
import Foundation
import Storage

/// What `doctor` says of a store that is up to date: of this login, of the
/// workers, and of the files of studies that are not complete.
struct FleetChecks {
    private typealias Check = DoctorCommand.Check
    private let client: PostgresClient
    private let options: DatabaseOptions

    init(_ client: PostgresClient, _ options: DatabaseOptions) {
        self.client = client
        self.options = options
    }

    func all() async throws -> [DoctorCommand.Check] {
        let connection = try await ConnectionInspection(of: client)
        var checks = [encryption(connection), rights(connection), clock(connection)]
        guard connection.readsTables else { return checks }
        let store = PostgresStudyStore(client)
        let workers = try await store.workers()
        checks += [fleet(workers), versions(workers), classes(workers), leases(workers)]
        return checks + (try await store.studies().filter { $0.state != .complete }.map(files))
    }

    private func encryption(_ connection: ConnectionInspection) -> Check {
        let isGood = connection.encryption != nil || !connection.isRemote
        return Check(
            isGood: isGood, subject: "encryption",
            finding: connection.encryption ?? (connection.isRemote ? "none" : "none, on this machine"),
            remedy: isGood ? nil : "sslmode=verify-full in the address, and ssl = on in postgresql.conf")
    }

    private func rights(_ connection: ConnectionInspection) -> Check {
        let roles = connection.roles
        let may = roles.isEmpty ? "may do the work of none" : "may do the work of "
        var finding = "\(connection.role) \(may)\(roles.map(\.rawValue).joined(separator: ", "))"
        for role in DatabaseRole.allCases where !roles.isEmpty && !roles.contains(role) {
            let missing = connection.missing[role] ?? []
            finding +=
                missing.isEmpty
                ? "; for \(role.rawValue) it may not read tables"
                : "; for \(role.rawValue) it may not call \(missing.prefix(3).joined(separator: ", "))"
                    + (missing.count > 3 ? " and \(missing.count - 3) more" : "")
        }
        return Check(
            isGood: !roles.isEmpty, subject: "rights", finding: finding,
            remedy: roles.isEmpty
                ? "as the owner: peftsearch database roles, and put \(connection.role) into one of the groups"
                : nil)
    }

    /// Leases are of the server's clock alone, so this costs no trial; logs of
    /// two machines and certificates are another matter.
    private func clock(_ connection: ConnectionInspection) -> Check {
        let isGood = abs(connection.clockSkew) < 30
        let seconds = String(format: "%.1f s", abs(connection.clockSkew))
        return Check(
            isGood: isGood, subject: "clock",
            finding: "\(seconds) \(connection.clockSkew < 0 ? "behind" : "ahead of") the server's",
            remedy: isGood ? nil : "timedatectl set-ntp true")
    }

    private func fleet(_ workers: [KnownWorker]) -> Check {
        let states = Dictionary(grouping: workers, by: \.state).mapValues(\.count)
        let counts = [KnownWorker.State.idle, .busy, .draining, .silent]
            .compactMap { state in states[state].map { "\($0) \(state.rawValue)" } }
        let silent = workers.filter { $0.state == .silent }
        return Check(
            isGood: silent.isEmpty, subject: "workers",
            finding: workers.isEmpty ? "none" : counts.joined(separator: ", "),
            remedy: silent.first.map {
                "look at process \($0.description.processIdentifier) on \($0.description.host), silent for "
                    + "\(Int($0.silence)) s; all: \(options.command("workers list"))"
            })
    }

    private func versions(_ workers: [KnownWorker]) -> Check {
        let found = Set(workers.map { $0.description.program ?? "an older release" })
        let others = found.subtracting([PEFTSearch.version]).sorted()
        return Check(
            isGood: others.isEmpty, subject: "versions",
            finding: ([PEFTSearch.version + " here"] + others).joined(separator: ", "),
            remedy: others.isEmpty
                ? nil : "install one release everywhere, then \(options.command("workers drain --all"))")
    }

    /// Bits are promised within a class; a study over several is still right.
    private func classes(_ workers: [KnownWorker]) -> Check {
        let found = Set(workers.compactMap(\.description.computeClass)).sorted()
        return Check(
            isGood: found.count < 2, subject: "compute classes",
            finding: found.isEmpty ? "no worker says" : found.joined(separator: ", "),
            remedy: found.count < 2
                ? nil
                : "one kind of machine for each study, where its front is to be the same bit for bit: "
                    + "worker --study STUDY")
    }

    private func leases(_ workers: [KnownWorker]) -> Check {
        let held = workers.flatMap(\.work)
        let stale = held.filter { $0.remaining < -5 }
        return Check(
            isGood: stale.isEmpty, subject: "leases",
            finding: "\(held.count) held, \(stale.count) ran out",
            remedy: stale.first.map {
                "a controller or any idle worker gives them to others: "
                    + options.command("controller --study \($0.study)")
            })
    }

    private func files(of stored: StoredStudy) -> Check {
        let subject = "files of \(stored.study.name)"
        do {
            guard let difference = try ReplayInputs.difference(from: stored.study) else {
                return Check(isGood: true, subject: subject, finding: "here, as they were recorded")
            }
            return Check(
                isGood: false, subject: subject,
                finding: "\(difference.name) is another file than the recorded one",
                remedy: "the file whose SHA-256 is \(difference.recorded ?? "none"), at the same path")
        } catch {
            return Check(
                isGood: false, subject: subject, finding: "\(error.subject) \(error.reason)",
                remedy: "the same absolute path as where the study was made: a shared folder, or a copy")
        }
    }
}
