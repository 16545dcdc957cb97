public import Experiments
import Foundation

/// A store and a queue as a value, with a clock that only moves when told to.
///
/// It passes the same conformance suites as the one in PostgreSQL, and answers
/// the calls of simulated studies as that one does, so what is tested on it
/// holds there.
public struct StoreModel: Sendable {
    struct Record {
        var stored: StoredStudy
        var trials: [Trial] = []
        var work: [WorkKey: Work] = [:]
        /// By trial.
        var attempts: [Int: [Try]] = [:]
        var fronts: [FrontVersion] = []
        var epoch = 0
        var controlExpires = -Double.infinity
        /// The mark of the call that took control.
        var controlMark: UInt64?
    }

    struct WorkKey: Hashable, Comparable {
        var trial: Int
        var rung: Int
        var purpose: WorkPurpose

        static func < (a: WorkKey, b: WorkKey) -> Bool {
            (a.purpose.rawValue, -a.rung, a.trial) < (b.purpose.rawValue, -b.rung, b.trial)
        }
    }

    struct Work {
        enum State { case ready, running, finished, cancelled }
        var state = State.ready
        var attempt = 0
        var availableAt = 0.0
        var lease: Lease?
    }

    struct Lease {
        var expires: Double
        /// How long a renewal lasts.
        var seconds: Double
        /// Of the request that was granted.
        var mark: UUID
    }

    struct Try {
        var key: WorkKey
        var claimedAt: Double
        /// A lost one's: when its lease ran out.
        var endedAt: Double?
        var attempt: Attempt
    }

    var records: [StudyID: Record] = [:]
    var workers: [WorkerID: KnownWorker] = [:]
    /// When each was last heard of.
    var seen: [WorkerID: Double] = [:]
    private var lastStudy = 0
    /// Seconds.
    public internal(set) var now = 0.0
    /// When it last started.
    private(set) var startedAt = -Double.infinity
    let rules: StoreRules

    /// An empty store; with `mutant`, one that does not obey that rule.
    public init(without mutant: StoreRule? = nil) {
        rules = StoreRules(mutant: mutant)
    }

    /// Lets seconds pass.
    public mutating func advance(_ seconds: Double) {
        now += seconds
    }

    /// Ends and starts it: what is stored stays.
    public mutating func restart() {
        startedAt = now
    }

    /// Changes a study's record in its place, if there is one.
    mutating func change(_ study: StudyID, _ body: (inout Record) -> Void) {
        guard let index = records.index(forKey: study) else { return }
        body(&records.values[index])
    }

    /// Changes a study's record, if the epoch holds it, or leaves all as it is.
    mutating func update(
        _ study: StudyID, epoch: Int, unless mutant: StoreRule, _ body: (inout Record) throws -> Void
    ) throws {
        guard var record = records[study], record.epoch == epoch || !rules.obey(mutant) else {
            throw StoreError.fenced
        }
        try body(&record)
        records[study] = record
    }
}

extension StoreModel {
    public mutating func create(_ study: Study) throws -> StoredStudy {
        if let stored = self.study(named: study.name) {
            guard stored.hash == study.identityHash else {
                throw StoreError.studyDiffers(study.differences(from: stored.study))
            }
            return stored
        }
        lastStudy += 1
        let stored = StoredStudy(
            id: lastStudy, study: study, state: .running, hash: study.identityHash, isTestSeen: false)
        records[lastStudy] = Record(stored: stored)
        return stored
    }

    public func study(named name: String) -> StoredStudy? {
        records.values.first { $0.stored.study.name == name }?.stored
    }

    public func studies() -> [StoredStudy] {
        records.values.map(\.stored).sorted { $0.study.name < $1.study.name }
    }

    public mutating func delete(_ study: StudyID) {
        records[study] = nil
    }

    public mutating func extend(_ study: StudyID, trials: Int) throws {
        guard let record = records[study] else {
            throw StoreError.studyDeleted
        }
        guard trials > record.stored.study.search.trials else { return }
        records[study]?.stored.study.search.trials = trials
        fenceController(of: study)
        goOn(study)
    }

    /// After a budget grew or a stop was taken back.
    mutating func goOn(_ study: StudyID) {
        guard var record = records[study] else { return }
        record.stored.state = .running
        record.stored.hasGrown = true
        if record.stored.cut?.reason.isByHand == true { record.stored.cut = nil }
        for index in record.trials.indices {
            switch record.trials[index].state {
            case .stopped: record.trials[index].state = .paused
            case .cancelled: record.trials[index].state = .ready
            default: break
            }
        }
        for (key, work) in record.work where work.state == .cancelled {
            record.work[key]?.state = .ready
            record.work[key]?.availableAt = now
        }
        record.stored.isTestSeen =
            record.stored.isTestSeen
            || record.attempts.values.joined().contains { $0.key.purpose == .test }
        // The front may change before the test split is looked at again.
        record.work = record.work.filter {
            $0.key.purpose != .test || $0.value.state != .ready || $0.value.attempt > 0
        }
        records[study] = record
    }

    public func trials(of study: StudyID) -> [Trial] {
        records[study]?.trials ?? []
    }

    public func attempts(at trial: Int, of study: StudyID) -> [Attempt] {
        records[study]?.attempts[trial]?.map(\.attempt) ?? []
    }

    public func running(in study: StudyID) -> [RunningTrial] {
        guard let record = records[study] else { return [] }
        return record.work.filter { $0.value.state == .running }.sorted { $0.key.trial < $1.key.trial }
            .compactMap { key, work in
                guard
                    let found = record.attempts[key.trial]?.first(where: { $0.attempt.number == work.attempt }
                    )
                else { return nil }
                return RunningTrial(
                    number: key.trial, rung: key.rung, purpose: key.purpose, attempt: work.attempt,
                    worker: found.attempt.worker,
                    report: found.attempt.reports.last, seconds: now - found.claimedAt)
            }
    }

    public func frontVersions(of study: StudyID) -> [FrontVersion] {
        records[study]?.fronts ?? []
    }

    public func progress(of study: StudyID) -> StudyProgress {
        guard let record = records[study] else {
            return StudyProgress(trials: [:])
        }
        return StudyProgress(
            trials: record.trials.filter { $0.parent == nil }
                .reduce(into: [:]) { $0[$1.state, default: 0] += 1 },
            derived: record.trials.count { $0.parent != nil },
            pendingTests: record.work.count { $0.key.purpose == .test && $0.value.state != .finished },
            pendingReplicates: record.work.count {
                $0.key.purpose == .replicate && $0.value.state != .finished
            }, isPaused: record.stored.isPaused)
    }
}
