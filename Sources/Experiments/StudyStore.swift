/// What the controller and the readers need of a store.
///
/// Every write is one transaction and every call may be repeated: one whose
/// reply was lost is simply made again. Reads never change what they read. Errors: an
/// `InputError` for what a person can mend, `StoreError` for the rest.
public protocol StudyStore: Sendable {
    /// Stores a new study, or returns the stored one of that name.
    /// - Throws: `StoreError.studyDiffers` when its identity differs.
    func create(_ study: Study) async throws -> StoredStudy
    func study(named name: String) async throws -> StoredStudy?
    /// By name.
    func studies() async throws -> [StoredStudy]
    /// With all its trials.
    func delete(_ study: StudyID) async throws
    /// Raises the budget; a lower one changes nothing. A complete study runs
    /// again, its stopped trials wait again, and its test split counts as seen
    /// if it was measured. What a person stopped goes on as by `resume`. Whoever
    /// controls the study is fenced.
    func extend(_ study: StudyID, trials: Int) async throws
    /// Puts other limits in the place of the study's. If they differ, what was
    /// cut goes on, as after a larger budget of trials.
    func extend(_ study: StudyID, limits: SearchLimits) async throws
    /// Lets nothing more of a study be claimed; what runs goes on. Of a complete
    /// one it changes nothing.
    func pause(_ study: StudyID) async throws
    /// Ends a pause and takes back a stop: the search goes on where it was, with
    /// what was cancelled, and the test split counts as seen if it was measured.
    func resume(_ study: StudyID) async throws
    /// Cuts a search that is not over after the trials that are proposed, and
    /// ends a pause. Whoever controls the study is fenced, so that the cut has
    /// its place among the decisions.
    /// - Parameter now: whether trials that are ready or run are cancelled, which
    ///   fences their workers, and none goes on to a further rung.
    func stop(_ study: StudyID, now: Bool) async throws

    /// All of them by number, with measurements.
    func trials(of study: StudyID) async throws -> [Trial]
    /// By number, with measurements.
    func trials(of study: StudyID, _ selection: TrialSelection) async throws -> [Trial]
    /// Newest last.
    func attempts(at trial: Int, of study: StudyID) async throws -> [Attempt]
    /// Trials that run now with their newest report.
    func running(in study: StudyID) async throws -> [RunningTrial]
    /// By version.
    func frontVersions(of study: StudyID) async throws -> [FrontVersion]
    /// The newest that the search made and, where means over seeds made the
    /// newest of all, that one; by version.
    func newestFronts(of study: StudyID) async throws -> [FrontVersion]

    /// Takes the study's controller lease for `seconds`, or renews it with the
    /// epoch held. Nil when another controller holds it.
    func control(_ study: StudyID, epoch: Int?, seconds: Double) async throws -> Int?
    /// Adds trials, each ready to be claimed. Numbers that exist already are
    /// left as they are, so the call can be repeated.
    /// - Throws: `StoreError.fenced` when `epoch` no longer controls the study.
    func propose(_ trials: [ProposedTrial], to study: StudyID, epoch: Int) async throws
    /// Lets trials go on to their next rung: each that waits there is ready to
    /// be claimed. A promotion that exists takes over the given virtual time
    /// and changes nothing else, so the call can be repeated.
    /// - Throws: `StoreError.refused` for a trial that neither waits at the
    ///   rung before nor has been promoted.
    func promote(_ trials: [PromotedTrial], in study: StudyID, epoch: Int) async throws
    /// Adds trials that are done as soon as they are there, with what was
    /// measured of them when their parent finished. Numbers that exist already
    /// are left as they are, so the call can be repeated.
    /// - Throws: `StoreError.refused` when nothing of that place was derived
    ///   from the parent.
    func derive(_ trials: [DerivedTrial], in study: StudyID, epoch: Int) async throws
    /// Ends trials that wait between rungs; others are left as they are.
    func stop(_ trials: [Int], in study: StudyID, epoch: Int) async throws
    /// Records where the search ends, unless that is recorded already or the
    /// study's limits are others by now.
    func cut(_ study: StudyID, at cut: SearchCut, under limits: SearchLimits, epoch: Int) async throws
    /// Adds front versions; versions that exist are left as they are.
    func append(_ versions: [FrontVersion], to study: StudyID, epoch: Int) async throws
    /// Asks for finished trials to be trained again from other seeds.
    /// Replicates that exist are left as they are, so the call can be repeated.
    /// - Throws: `StoreError.refused` for a trial that is not done or was
    ///   derived from another.
    func requestReplicates(_ replicates: [RequestedReplicate], in study: StudyID, epoch: Int) async throws
    /// Asks for the test split to be measured on these finished trials.
    func requestTests(of trials: [Int], in study: StudyID, epoch: Int) async throws
    /// States follow each other as they are declared; an earlier one than the
    /// stored changes nothing. The way back is by a larger budget, or `resume`.
    func setState(_ state: StudyState, of study: StudyID, epoch: Int) async throws
    /// Frees what dead workers held: trials whose lease ran out are ready
    /// again, or failed as `lost` beyond the limits.
    /// - Returns: how many leases were ended.
    @discardableResult func expireLeases() async throws -> Int
    /// Trials by state, test measurements and replicates still outstanding, and
    /// whether the study is paused. What it takes does not grow with the study.
    func progress(of study: StudyID) async throws -> StudyProgress
    /// Workers that have not ended, and were seen within a day or hold a lease; the
    /// newest last.
    func workers() async throws -> [KnownWorker]
    /// Asks a worker, or all that have not ended, to finish what they run and to
    /// claim nothing more. It is not taken back.
    /// - Returns: how many were asked.
    @discardableResult func drain(_ worker: WorkerID?) async throws -> Int
    /// What its training has taken.
    func spending(of study: StudyID) async throws -> SearchSpending
}

extension StudyStore {
    public func trials(of study: StudyID, _ selection: TrialSelection) async throws -> [Trial] {
        selection.select(from: try await trials(of: study))
    }

    public func newestFronts(of study: StudyID) async throws -> [FrontVersion] {
        let versions = try await frontVersions(of: study)
        let searched = versions.last { !$0.isReplicated }
        return [searched, versions.last].compactMap(\.self).reduce(into: []) { newest, version in
            if newest.last != version { newest.append(version) }
        }
    }
}

public typealias StudyID = Int

public enum StudyState: String, Sendable, Hashable, CaseIterable, Comparable {
    /// Trials are proposed and run.
    case running
    /// All trials are final; the test split is measured on the front.
    case testing
    case complete

    public static func < (a: StudyState, b: StudyState) -> Bool { a.place < b.place }

    private var place: Int {
        switch self {
        case .running: 0
        case .testing: 1
        case .complete: 2
        }
    }
}

public struct StoredStudy: Sendable, Hashable {
    public var id: StudyID
    public var study: Study
    public var state: StudyState
    /// SHA-256 of the identity.
    public var hash: String
    /// Whether the search went on after its test split was measured.
    public var isTestSeen: Bool
    /// Where the search ended before its budget of trials, if it did.
    public var cut: SearchCut?
    /// Whether its budget or its limits were changed after it was created, or a
    /// stop was taken back or cancelled trials, so that front versions may have
    /// come in another order than those of a study that had them from the start.
    public var hasGrown: Bool
    /// Whether a person paused it.
    public var isPaused: Bool

    public init(
        id: StudyID, study: Study, state: StudyState, hash: String, isTestSeen: Bool, cut: SearchCut? = nil,
        hasGrown: Bool = false, isPaused: Bool = false
    ) {
        self.isPaused = isPaused
        self.cut = cut
        self.hasGrown = hasGrown
        self.id = id
        self.study = study
        self.state = state
        self.hash = hash
        self.isTestSeen = isTestSeen
    }
}

public struct StudyProgress: Sendable, Hashable {
    /// Those that were proposed, which the budget counts.
    public var trials: [TrialState: Int]
    /// Trials that were derived from others without training.
    public var derived: Int
    public var pendingTests: Int
    /// Replicates that were asked for and have not ended.
    public var pendingReplicates: Int
    /// Whether a person paused the study.
    public var isPaused: Bool

    /// All trials, derived ones too.
    public var count: Int { proposed + derived }
    /// Those that were proposed.
    public var proposed: Int { trials.values.reduce(0, +) }
    /// Those that are done, derived ones too.
    public var done: Int { derived + (trials[.done] ?? 0) }

    public init(
        trials: [TrialState: Int], derived: Int = 0, pendingTests: Int = 0, pendingReplicates: Int = 0,
        isPaused: Bool = false
    ) {
        self.isPaused = isPaused
        self.pendingReplicates = pendingReplicates
        self.trials = trials
        self.derived = derived
        self.pendingTests = pendingTests
    }
}

public struct RunningTrial: Sendable, Hashable {
    public var number: Int
    /// Of a replicate, which always trains to the last rung, its number.
    public var rung: Int
    public var purpose: WorkPurpose
    public var attempt: Int
    public var worker: String
    public var report: Report?
    /// Since the claim, by the database's clock.
    public var seconds: Double

    public init(
        number: Int, rung: Int, purpose: WorkPurpose, attempt: Int, worker: String, report: Report?,
        seconds: Double
    ) {
        self.number = number
        self.rung = rung
        self.purpose = purpose
        self.attempt = attempt
        self.worker = worker
        self.report = report
        self.seconds = seconds
    }
}
