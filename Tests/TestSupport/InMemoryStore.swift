public import Experiments

/// `StoreModel` behind the protocols, for tests that need both sides.
public actor InMemoryStore {
    private var model = StoreModel()
    private var calls: UInt64 = 0

    public init() {}

    /// For the conformance suites and for tests that need both sides.
    public nonisolated var subject: StoreUnderTest {
        StoreUnderTest(store: self, queue: self) { await self.advance($0) }
    }

    private func advance(_ seconds: Double) { model.advance(seconds) }

    private var nextMark: UInt64 {
        calls += 1
        return calls
    }
}

extension InMemoryStore: TrialQueue {
    public func register(_ worker: WorkerDescription) -> WorkerID { model.register(worker) }

    public func checkIn(_ worker: WorkerID, isLeaving: Bool) throws -> Bool {
        try model.checkIn(worker, isLeaving: isLeaving)
    }

    public func claim(_ request: ClaimRequest) throws -> Claim? { try model.claim(request) }

    public func renew(_ token: WorkToken, leaseSeconds: Double, reports: [Report]) throws {
        try model.renew(token, leaseSeconds: leaseSeconds, reports: reports)
    }

    public func finish(_ token: WorkToken, with result: TrialResult) throws {
        try model.finish(token, with: result)
    }

    public func finish(
        _ token: WorkToken, with result: TrialResult, thenClaim request: ClaimRequest
    ) throws -> Claim? {
        try model.finish(token, with: result, thenClaim: request)
    }

    public func fail(_ token: WorkToken, because failure: TrialFailure) throws {
        try model.fail(token, because: failure)
    }

    public func giveBack(_ token: WorkToken) throws { try model.giveBack(token) }
}

extension InMemoryStore: StudyStore {
    public func create(_ study: Study) throws -> StoredStudy { try model.create(study) }
    public func study(named name: String) -> StoredStudy? { model.study(named: name) }
    public func studies() -> [StoredStudy] { model.studies() }
    public func delete(_ study: StudyID) { model.delete(study) }

    public func extend(_ study: StudyID, trials: Int) throws { try model.extend(study, trials: trials) }

    public func extend(_ study: StudyID, limits: SearchLimits) throws {
        try model.extend(study, limits: limits)
    }

    public func workers() -> [KnownWorker] { model.knownWorkers() }
    @discardableResult public func drain(_ worker: WorkerID?) -> Int { model.drain(worker) }
    public func pause(_ study: StudyID) throws { try model.pause(study) }
    public func resume(_ study: StudyID) throws { try model.resume(study) }
    public func stop(_ study: StudyID, now: Bool) throws { try model.stop(study, now: now) }

    public func trials(of study: StudyID) -> [Trial] { model.trials(of: study) }

    public func attempts(at trial: Int, of study: StudyID) -> [Attempt] {
        model.attempts(at: trial, of: study)
    }

    public func running(in study: StudyID) -> [RunningTrial] { model.running(in: study) }
    public func frontVersions(of study: StudyID) -> [FrontVersion] { model.frontVersions(of: study) }
    public func progress(of study: StudyID) -> StudyProgress { model.progress(of: study) }
    public func spending(of study: StudyID) -> SearchSpending { model.spending(of: study) }
    @discardableResult public func expireLeases() throws -> Int { try model.expireLeases() }

    public func control(_ study: StudyID, epoch: Int?, seconds: Double) throws -> Int? {
        try model.control(study, epoch: epoch, seconds: seconds, mark: nextMark)
    }

    public func propose(_ trials: [ProposedTrial], to study: StudyID, epoch: Int) throws {
        try model.propose(trials, to: study, epoch: epoch)
    }

    public func promote(_ trials: [PromotedTrial], in study: StudyID, epoch: Int) throws {
        try model.promote(trials, in: study, epoch: epoch)
    }

    public func derive(_ trials: [DerivedTrial], in study: StudyID, epoch: Int) throws {
        try model.derive(trials, in: study, epoch: epoch)
    }

    public func stop(_ trials: [Int], in study: StudyID, epoch: Int) throws {
        try model.stop(trials, in: study, epoch: epoch)
    }

    public func cut(_ study: StudyID, at cut: SearchCut, under limits: SearchLimits, epoch: Int) throws {
        try model.cut(study, at: cut, under: limits, epoch: epoch)
    }

    public func append(_ versions: [FrontVersion], to study: StudyID, epoch: Int) throws {
        try model.append(versions, to: study, epoch: epoch)
    }

    public func requestReplicates(_ replicates: [RequestedReplicate], in study: StudyID, epoch: Int) throws {
        try model.requestReplicates(replicates, in: study, epoch: epoch)
    }

    public func requestTests(of trials: [Int], in study: StudyID, epoch: Int) throws {
        try model.requestTests(of: trials, in: study, epoch: epoch)
    }

    public func setState(_ state: StudyState, of study: StudyID, epoch: Int) throws {
        try model.setState(state, of: study, epoch: epoch)
    }
}
