public import Experiments

/// A store and a queue in memory, with a clock that only moves when told to.
///
/// It passes the same conformance suites as the one in PostgreSQL, so what is
/// tested on it holds there.
public actor InMemoryStore {
    struct Record {
        var stored: StoredStudy
        var trials: [Trial] = []
        var work: [WorkKey: Work] = [:]
        /// By trial.
        var attempts: [Int: [Try]] = [:]
        var fronts: [FrontVersion] = []
        var epoch = 0
        var controlExpires = -Double.infinity
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
        enum State { case ready, running, finished }
        var state = State.ready
        var attempt = 0
        var availableAt = 0.0
        var leaseExpires = 0.0
    }

    struct Try {
        var key: WorkKey
        var claimedAt: Double
        /// A lost one's: when its lease ran out.
        var endedAt: Double?
        var attempt: Attempt
    }

    var records: [StudyID: Record] = [:]
    var workers: Set<WorkerID> = []
    var lastStudy = 0
    var now = 0.0

    public init() {}

    /// Lets seconds pass.
    public func advance(_ seconds: Double) {
        now += seconds
    }

    /// For the conformance suites and for tests that need both sides.
    public nonisolated var subject: StoreUnderTest {
        StoreUnderTest(store: self, queue: self) { await self.advance($0) }
    }

    /// Changes a study's record, if there is one and the epoch holds it.
    func update(_ study: StudyID, epoch: Int, _ change: (inout Record) throws -> Void) throws {
        guard var record = records[study], record.epoch == epoch else { throw StoreError.fenced }
        try change(&record)
        records[study] = record
    }
}

extension InMemoryStore: StudyStore {
    public func create(_ study: Study) throws -> StoredStudy {
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

    public func delete(_ study: StudyID) {
        records[study] = nil
    }

    public func extend(_ study: StudyID, trials: Int) throws {
        guard let record = records[study] else {
            throw StoreError.studyDeleted
        }
        guard trials > record.stored.study.search.trials else { return }
        records[study]?.stored.study.search.trials = trials
        goOn(study)
    }

    /// After a budget grew.
    func goOn(_ study: StudyID) {
        guard var record = records[study] else { return }
        record.stored.state = .running
        record.stored.hasGrown = true
        for index in record.trials.indices where record.trials[index].state == .stopped {
            record.trials[index].state = .paused
        }
        record.stored.isTestSeen =
            record.stored.isTestSeen
            || record.attempts.values.joined().contains {
                $0.key.purpose == .test && $0.attempt.outcome == "finished"
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

    public func control(_ study: StudyID, epoch: Int?, seconds: Double) throws -> Int? {
        guard var record = records[study] else {
            throw StoreError.studyDeleted
        }
        if let epoch {
            guard record.epoch == epoch else { return nil }
        } else {
            guard record.controlExpires < now else { return nil }
            record.epoch += 1
        }
        record.controlExpires = now + seconds
        records[study] = record
        return record.epoch
    }

    public func propose(_ trials: [ProposedTrial], to study: StudyID, epoch: Int) throws {
        try update(study, epoch: epoch) { record in
            for proposed in trials.sorted(by: { $0.number < $1.number })
            where proposed.number >= record.trials.count {
                guard proposed.number == record.trials.count else {
                    throw StoreError.refused(
                        "trial \(proposed.number) was proposed before trial \(proposed.number - 1)")
                }
                let isSame = { (trial: Trial) in
                    trial.parent == nil && trial.configuration == proposed.configuration
                }
                guard !record.trials.contains(where: isSame) else {
                    throw StoreError.refused("trial \(proposed.number) repeats a configuration")
                }
                record.trials.append(
                    Trial(
                        number: proposed.number, state: .ready, seed: proposed.seed, label: proposed.label,
                        assignment: proposed.assignment, configuration: proposed.configuration,
                        span: proposed.span))
                record.work[WorkKey(trial: proposed.number, rung: 0, purpose: .train)] = Work(
                    availableAt: now)
            }
        }
    }

    public func promote(_ trials: [PromotedTrial], in study: StudyID, epoch: Int) throws {
        try update(study, epoch: epoch) { record in
            for promoted in trials {
                guard record.trials.indices.contains(promoted.number) else {
                    throw StoreError.refused("there is no trial \(promoted.number)")
                }
                try Self.promote(promoted, in: &record)
                let key = WorkKey(trial: promoted.number, rung: promoted.rung, purpose: .train)
                if record.work[key] == nil { record.work[key] = Work(availableAt: now) }
            }
        }
    }

    private static func promote(_ promoted: PromotedTrial, in record: inout Record) throws {
        let rung = TrialRung(span: promoted.span, isProvisional: promoted.isProvisional)
        var trial = record.trials[promoted.number]
        if trial.rungs.indices.contains(promoted.rung) {
            trial.rungs[promoted.rung].span = rung.span
            trial.rungs[promoted.rung].isProvisional = rung.isProvisional
            // A derived trial was trained when its parent was.
            for index in record.trials.indices where record.trials[index].parent == promoted.number {
                record.trials[index].rungs[promoted.rung].span = rung.span
                record.trials[index].rungs[promoted.rung].isProvisional = rung.isProvisional
            }
        } else {
            guard promoted.rung == trial.rung + 1, trial.state == .paused || trial.state == .stopped,
                promoted.rung < record.stored.study.search.rungs.count
            else {
                throw StoreError.refused("trial \(promoted.number) does not wait at the rung before")
            }
            trial.rungs.append(rung)
            trial.rung = promoted.rung
            trial.state = .ready
        }
        record.trials[promoted.number] = trial
    }

    public func derive(_ trials: [DerivedTrial], in study: StudyID, epoch: Int) throws {
        try update(study, epoch: epoch) { record in
            for derived in trials {
                guard record.trials.indices.contains(derived.parent),
                    let trial = Trial(derived, of: record.trials[derived.parent])
                else { throw StoreError.refused("trial \(derived.number) was not derived from any") }
                guard derived.number >= record.trials.count else { continue }
                guard derived.number == record.trials.count else {
                    throw StoreError.refused(
                        "trial \(derived.number) was derived before trial \(derived.number - 1)")
                }
                let isSame = { (other: Trial) in
                    other.parent == trial.parent && other.configuration == trial.configuration
                }
                guard !record.trials.contains(where: isSame) else {
                    throw StoreError.refused("trial \(derived.number) repeats a configuration")
                }
                record.trials.append(trial)
            }
        }
    }

    public func stop(_ trials: [Int], in study: StudyID, epoch: Int) throws {
        try update(study, epoch: epoch) { record in
            for number in trials where record.trials.indices.contains(number) {
                if record.trials[number].state == .paused { record.trials[number].state = .stopped }
            }
        }
    }

    public func append(_ versions: [FrontVersion], to study: StudyID, epoch: Int) throws {
        try update(study, epoch: epoch) { record in
            for version in versions where !record.fronts.contains(where: { $0.version == version.version }) {
                record.fronts.append(version)
            }
            record.fronts.sort { $0.version < $1.version }
        }
    }

    public func requestTests(of trials: [Int], in study: StudyID, epoch: Int) throws {
        try update(study, epoch: epoch) { record in
            for number in trials {
                guard record.trials.indices.contains(number), record.trials[number].state == .done else {
                    throw StoreError.refused("trial \(number) is not done, so it cannot be tested")
                }
                let key = WorkKey(trial: number, rung: record.trials[number].rung, purpose: .test)
                if record.work[key] == nil { record.work[key] = Work(availableAt: now) }
            }
        }
    }

    public func setState(_ state: StudyState, of study: StudyID, epoch: Int) throws {
        try update(study, epoch: epoch) { $0.stored.state = state }
    }

    @discardableResult public func expireLeases() throws -> Int {
        var ended = 0
        for (study, record) in records.sorted(by: { $0.key < $1.key }) {
            for (key, work) in record.work.sorted(by: { $0.key < $1.key })
            where work.state == .running && work.leaseExpires < now {
                endInFailure(
                    WorkToken(
                        study: study, trial: key.trial, rung: key.rung, purpose: key.purpose,
                        attempt: work.attempt),
                    TrialFailure(.lost, "the lease ran out: the worker died or was cut off"))
                ended += 1
            }
        }
        return ended
    }

    public func progress(of study: StudyID) -> StudyProgress {
        guard let record = records[study] else {
            return StudyProgress(trials: [:], pendingTests: 0, endedRungs: 0)
        }
        return StudyProgress(
            trials: record.trials.filter { $0.parent == nil }
                .reduce(into: [:]) { $0[$1.state, default: 0] += 1 },
            derived: record.trials.count { $0.parent != nil },
            pendingTests: record.work.count { $0.key.purpose == .test && $0.value.state != .finished },
            pendingReplicates: record.work.count {
                $0.key.purpose == .replicate && $0.value.state != .finished
            },
            endedRungs: record.work.count { $0.key.purpose != .test && $0.value.state == .finished })
    }
}
