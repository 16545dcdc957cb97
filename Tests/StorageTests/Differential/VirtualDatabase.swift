import Experiments
import Foundation
import Simulation
import Storage
import TestSupport
import Testing

/// The product's schema in a database whose time is virtual.
///
/// Functions of the test's own stand in for the clock, for the server's start
/// and for chance: the schema comes before `pg_catalog` in the search path that
/// the functions are made with and keep. Nothing of the product's SQL is changed.
struct VirtualDatabase {
    let client: PostgresClient
    private let store: PostgresStudyStore
    private let queue: PostgresTrialQueue

    /// Lends one whose schema is dropped afterwards. It has one connection,
    /// whose settings are the time.
    static func lend(_ body: (VirtualDatabase) async throws -> Void) async throws {
        try await TestDatabase.withSchema(migrated: false, connections: 1) { client in
            let database = VirtualDatabase(client)
            try await database.prepare()
            try await body(database)
        }
    }

    private init(_ client: PostgresClient) {
        self.client = client
        store = PostgresStudyStore(client)
        queue = PostgresTrialQueue(client)
    }

    private func prepare() async throws {
        try await client.query(Statement("schema", "CREATE SCHEMA \(client.schema)"))
        for (function, body) in [
            ("clock_timestamp() RETURNS timestamptz", "pg_catalog.to_timestamp(\(Self.setting("now")))"),
            (
                "pg_postmaster_start_time() RETURNS timestamptz",
                "pg_catalog.to_timestamp(\(Self.setting("start")))"
            ),
            ("random() RETURNS double precision", "0.0::double precision"),
        ] {
            try await client.query(
                Statement(
                    "stand_in",
                    "CREATE FUNCTION \(client.schema).\(function) LANGUAGE sql VOLATILE AS $$ SELECT \(body) $$"
                ))
        }
        try await set("search_path", "\(client.schema), pg_catalog, pg_temp")
        try await set("synchronous_commit", "off")
        try await setTime(0)
        try await set("simulation.start", "-infinity")
        try await Migrator(client, files: TestDatabase.files.get()).migrate()
    }

    private static func setting(_ name: String) -> String {
        "pg_catalog.current_setting('simulation.\(name)')::double precision"
    }

    private func set(_ name: String, _ value: String) async throws {
        try await client.query(
            Statement("set", "SELECT set_config($1, $2, false)"), [.text(name), .text(value)])
    }

    func setTime(_ seconds: Double) async throws { try await set("simulation.now", "\(seconds)") }

    /// As it was made, with the first identity to come.
    func empty() async throws {
        try await client.query(Statement("empty", "TRUNCATE study, worker RESTART IDENTITY CASCADE"))
        try await set("simulation.start", "-infinity")
    }

    // MARK: Calls

    /// Ends and starts the server, as far as the functions can know.
    func restart(at seconds: Double) async throws { try await set("simulation.start", "\(seconds)") }

    /// Makes a recorded call.
    /// - Parameter recorded: its answer, for what only the store can choose.
    func answer(to call: StoreCall, recorded: StoreAnswer) async throws -> StoreAnswer {
        do {
            return try await perform(call, recorded)
        } catch StoreError.fenced {
            return .fenced
        } catch StoreError.refused {
            return .refused
        }
    }

    private func perform(_ call: StoreCall, _ recorded: StoreAnswer) async throws -> StoreAnswer {
        switch call {
        case .register(let worker):
            guard case .worker(let identifier) = recorded else { return .refused }
            try await queue.register(worker, as: identifier)
            return recorded
        case .checkIn(let worker, let isLeaving):
            return .drains(try await queue.checkIn(worker, isLeaving: isLeaving))
        case .claim(let request): return .claim(try await queue.claim(request))
        case .renew(let token, let seconds, let reports):
            try await queue.renew(token, leaseSeconds: seconds, reports: reports)
        case .finish(let token, let result): try await queue.finish(token, with: result)
        case .finishAndClaim(let token, let result, let request):
            return .claim(try await queue.finish(token, with: result, thenClaim: request))
        case .fail(let token, let failure): try await queue.fail(token, because: failure)
        case .giveBack(let token): try await queue.giveBack(token)
        default: return try await control(call)
        }
        return .done
    }

    private func control(_ call: StoreCall) async throws -> StoreAnswer {
        switch call {
        case .create(let study): return .study(try await store.create(study))
        case .study(let name): return .study(try await store.study(named: name))
        case .control(let study, let epoch, let seconds, let mark):
            return .epoch(
                try await store.control(study, epoch: epoch, seconds: seconds, mark: UUID(mark)))
        case .propose(let trials, let study, let epoch):
            try await store.propose(trials, to: study, epoch: epoch)
        case .promote(let trials, let study, let epoch):
            try await store.promote(trials, in: study, epoch: epoch)
        case .derive(let trials, let study, let epoch):
            try await store.derive(trials, in: study, epoch: epoch)
        case .stop(let trials, let study, let epoch): try await store.stop(trials, in: study, epoch: epoch)
        case .cut(let cut, let limits, let study, let epoch):
            try await store.cut(study, at: cut, under: limits, epoch: epoch)
        case .append(let versions, let study, let epoch):
            try await store.append(versions, to: study, epoch: epoch)
        case .requestReplicates(let replicates, let study, let epoch):
            try await store.requestReplicates(replicates, in: study, epoch: epoch)
        case .requestTests(let trials, let study, let epoch):
            try await store.requestTests(of: trials, in: study, epoch: epoch)
        case .setState(let state, let study, let epoch):
            try await store.setState(state, of: study, epoch: epoch)
        case .drain(let worker): return .count(try await store.drain(worker))
        case .pause(let study): try await store.pause(study)
        case .resume(let study): try await store.resume(study)
        case .stopStudy(let study, let now): try await store.stop(study, now: now)
        case .expireLeases: return .count(try await store.expireLeases())
        case .trials(let study): return .trials(try await store.trials(of: study))
        case .frontVersions(let study): return .frontVersions(try await store.frontVersions(of: study))
        case .progress(let study): return .progress(try await store.progress(of: study))
        case .spending(let study): return .spending(try await store.spending(of: study))
        default: return .refused
        }
        return .done
    }

    // MARK: Rows

    func attempts(at trial: Int, of study: StudyID) async throws -> [Attempt] {
        try await store.attempts(at: trial, of: study)
    }

    /// In the words of `StoreModel.workRows`.
    func workRows() async throws -> [String] {
        try await client.query(
            Statement(
                "work_rows",
                """
                SELECT format('%s %s %s %s attempt %s, %s crashes, %s losses', w.trial_number, w.rung,
                              w.purpose, w.state, coalesce(w.attempt, 0), w.crashes, w.losses)
                       || CASE WHEN w.state = 'ready'
                          THEN ', from ' || (extract(epoch FROM w.available_at) * 64)::bigint ELSE '' END
                       || coalesce(', leased until ' || (extract(epoch FROM l.expires) * 64)::bigint, '')
                       AS row
                FROM work w LEFT JOIN lease l USING (study_id, trial_number, rung, purpose)
                """)
        ).map { try $0.text("row") }.sorted()
    }
}
