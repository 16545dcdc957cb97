public import Experiments

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
        enum State { case ready, running, finished }
        var state = State.ready
        var attempt = 0
        var availableAt = 0.0
        var lease: Lease?
    }

    struct Lease {
        var expires: Double
        /// How long a renewal lasts.
        var seconds: Double
        /// Of the call that made it.
        var mark: UInt64
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
    private var lastStudy = 0
    /// Seconds.
    public internal(set) var now = 0.0
    /// When it last started.
    private var startedAt = -Double.infinity
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
        goOn(study)
    }

    /// After a budget grew.
    mutating func goOn(_ study: StudyID) {
        guard var record = records[study] else { return }
        record.stored.state = .running
        for index in record.trials.indices where record.trials[index].state == .stopped {
            record.trials[index].state = .paused
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

    /// - Parameter mark: of the call; a repeat of it keeps the epoch it took.
    public mutating func control(
        _ study: StudyID, epoch: Int?, seconds: Double, mark: UInt64
    ) throws -> Int? {
        guard var record = records[study] else {
            throw StoreError.studyDeleted
        }
        if let epoch {
            guard record.epoch == epoch else { return nil }
        } else {
            let isRepeat = record.controlMark == mark && rules.obey(.repeatedControlKeepsItsEpoch)
            let isFree = record.controlExpires < now || !rules.obey(.controlIsExclusive)
            guard isFree || isRepeat else { return nil }
            if !isRepeat, rules.obey(.epochsGrow) || record.epoch == 0 { record.epoch += 1 }
            record.controlMark = mark
        }
        record.controlExpires = now + seconds
        records[study] = record
        return record.epoch
    }

    public mutating func propose(_ trials: [ProposedTrial], to study: StudyID, epoch: Int) throws {
        try update(study, epoch: epoch, unless: .proposalsCheckTheEpoch) { [now, rules] record in
            for proposed in trials.sorted(by: { $0.number < $1.number }) {
                if proposed.number < record.trials.count {
                    if !rules.obey(.repeatedProposalsChangeNothing) {
                        record.trials[proposed.number].state = .ready
                        record.work[WorkKey(trial: proposed.number, rung: 0, purpose: .train)]?.state = .ready
                    }
                    continue
                }
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

    public mutating func promote(_ trials: [PromotedTrial], in study: StudyID, epoch: Int) throws {
        try update(study, epoch: epoch, unless: .promotionsCheckTheEpoch) { [now, rules] record in
            for promoted in trials {
                guard record.trials.indices.contains(promoted.number) else {
                    throw StoreError.refused("there is no trial \(promoted.number)")
                }
                try Self.promote(promoted, in: &record)
                let key = WorkKey(trial: promoted.number, rung: promoted.rung, purpose: .train)
                if record.work[key] == nil || !rules.obey(.repeatedPromotionsChangeNothing) {
                    record.work[key] = Work(availableAt: now)
                }
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

    public mutating func derive(_ trials: [DerivedTrial], in study: StudyID, epoch: Int) throws {
        try update(study, epoch: epoch, unless: .derivationsCheckTheEpoch) { record in
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

    public mutating func stop(_ trials: [Int], in study: StudyID, epoch: Int) throws {
        try update(study, epoch: epoch, unless: .stopsCheckTheEpoch) { record in
            for number in trials where record.trials.indices.contains(number) {
                if record.trials[number].state == .paused { record.trials[number].state = .stopped }
            }
        }
    }

    public mutating func append(_ versions: [FrontVersion], to study: StudyID, epoch: Int) throws {
        try update(study, epoch: epoch, unless: .frontsCheckTheEpoch) { [rules] record in
            for version in versions {
                let isKnown = record.fronts.contains { $0.version == version.version }
                if !isKnown || !rules.obey(.repeatedFrontsChangeNothing) { record.fronts.append(version) }
            }
            record.fronts.sort { $0.version < $1.version }
        }
    }

    public mutating func requestTests(of trials: [Int], in study: StudyID, epoch: Int) throws {
        try update(study, epoch: epoch, unless: .testsCheckTheEpoch) { [now] record in
            for number in trials {
                guard record.trials.indices.contains(number), record.trials[number].state == .done else {
                    throw StoreError.refused("trial \(number) is not done, so it cannot be tested")
                }
                let key = WorkKey(trial: number, rung: record.trials[number].rung, purpose: .test)
                if record.work[key] == nil { record.work[key] = Work(availableAt: now) }
            }
        }
    }

    public mutating func setState(_ state: StudyState, of study: StudyID, epoch: Int) throws {
        try update(study, epoch: epoch, unless: .statesCheckTheEpoch) { $0.stored.state = state }
    }

    @discardableResult public mutating func expireLeases() throws -> Int {
        try endLeases(expired(at: now))
    }

    /// A lease that may have run out, as a search for such saw it.
    public struct ExpiredLease: Sendable {
        var token: WorkToken
    }

    /// The first half of `expireLeases`: what it finds may be renewed before
    /// the second.
    public func expired(at now: Double) -> [ExpiredLease] {
        records.sorted { $0.key < $1.key }.flatMap { study, record in
            record.work.filter { hasExpired($0.value, at: now) }.sorted { $0.key < $1.key }.map { key, work in
                ExpiredLease(
                    token: WorkToken(
                        study: study, trial: key.trial, rung: key.rung, purpose: key.purpose,
                        attempt: work.attempt))
            }
        }
    }

    /// The second half: ends those that have still run out.
    @discardableResult public mutating func endLeases(_ expired: [ExpiredLease]) throws -> Int {
        var ended = 0
        for token in expired.map(\.token) {
            guard let work = records[token.study]?.work[token.key], work.lease != nil,
                work.attempt == token.attempt,
                hasExpired(work, at: now) || !rules.obey(.expiryIsCheckedAgain)
            else { continue }
            endInFailure(token, TrialFailure(.lost, "the lease ran out: the worker died or was cut off"))
            ended += 1
        }
        return ended
    }

    private func hasExpired(_ work: Work, at now: Double) -> Bool {
        guard let lease = work.lease, rules.obey(.leasesRunOut) else { return false }
        let restarted = rules.obey(.leasesOutlastRestarts) ? startedAt + lease.seconds : -.infinity
        return max(lease.expires, restarted) < now
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
