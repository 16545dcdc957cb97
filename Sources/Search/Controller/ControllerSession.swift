import Experiments

/// What a controller knows between two looks; all of it can be lost.
struct ControllerSession {
    private let name: String
    private let store: any StudyStore
    private let timing: StudyController.Timing
    private let time: @Sendable () -> Duration
    private let hasRoom: @Sendable () -> Bool
    private var epoch: Int?
    private var renewal = Duration.zero
    private var expiry = Duration.zero
    private var stored: StoredStudy?
    /// Of the study as it was first found: another one may take its name.
    private var identifier: StudyID?
    private var plan: StudyPlan?
    /// How much had ended when the trials were last read.
    private var endedRungs = 0
    /// Whether the last look decided something.
    private var hasDecided = false

    init(_ name: String, _ controller: StudyController) {
        self.name = name
        store = controller.store
        timing = controller.timing
        time = controller.stopwatch()
        hasRoom = controller.hasRoom
    }

    /// After an outage workers get the time of a lease to renew theirs.
    mutating func loseContact() {
        forget()
        expiry = time() + .seconds(timing.leaseSeconds)
    }

    mutating func loseControl() {
        forget()
        epoch = nil
    }

    private mutating func forget() {
        plan = nil
        stored = nil
        renewal = .zero
    }

    enum Outcome {
        case complete
        /// Something was proposed or decided.
        case active
        case idle
    }

    /// One look at the study, and all that follows from it.
    mutating func look() async throws -> Outcome {
        if stored == nil { try await load() }
        guard let study = stored else { return .idle }
        guard try await holdsControl(of: study.id), let epoch else {
            // Another controller may have finished it.
            stored = nil
            return study.state == .complete ? .complete : .idle
        }
        try await expireLeases()
        guard hasRoom() else { return .idle }
        let progress = try await store.progress(of: study.id)
        let hasNews = plan == nil || hasDecided || progress.endedRungs != endedRungs
        var plan = try await currentPlan(of: study, progress)
        if hasNews, try await cuts(plan, study.id, epoch) { return .active }
        let decisions = try plan.nextDecisions()
        hasDecided = !decisions.isEmpty
        try await write(decisions, study.id, epoch)
        let versions = plan.nextVersions()
        if !versions.isEmpty { try await store.append(versions, to: study.id, epoch: epoch) }
        if let cut = plan.ruleCut {
            try await store.cut(study.id, at: cut, under: plan.study.search.limits, epoch: epoch)
            forget()
            return .active
        }
        if plan.isOver { return try await conclude(plan, progress, epoch) }
        self.plan = plan
        if study.state != .running { try await enter(.running, study.id, epoch) }
        return decisions.isEmpty && versions.isEmpty ? .idle : .active
    }

    private mutating func load() async throws {
        guard let study = try await store.study(named: name) else {
            if identifier != nil { throw StoreError.studyDeleted }
            throw InputError(name, reason: "is not a stored study", suggestion: "peftsearch study list")
        }
        guard identifier ?? study.id == study.id else { throw StoreError.studyDeleted }
        (stored, identifier) = (study, study.id)
    }

    private mutating func holdsControl(of study: StudyID) async throws -> Bool {
        if epoch != nil, time() < renewal { return true }
        let granted = try await store.control(study, epoch: epoch, seconds: timing.leaseSeconds)
        if granted != epoch { plan = nil }
        epoch = granted
        renewal = time() + .seconds(timing.leaseSeconds / 3)
        return granted != nil
    }

    private mutating func expireLeases() async throws {
        guard time() >= expiry else { return }
        try await store.expireLeases()
        expiry = time() + timing.expiry
    }

    /// In the order of the decisions: a plan can be made anew from the first of
    /// them alone.
    private func write(_ decisions: [Decision], _ study: StudyID, _ epoch: Int) async throws {
        var rest = decisions[...]
        while !rest.isEmpty {
            let proposals = rest.prefix { $0.proposal != nil }.compactMap(\.proposal)
            if !proposals.isEmpty { try await store.propose(proposals, to: study, epoch: epoch) }
            rest = rest.dropFirst(proposals.count)
            let promotions = rest.prefix { $0.promotion != nil }.compactMap(\.promotion)
            if !promotions.isEmpty { try await store.promote(promotions, in: study, epoch: epoch) }
            rest = rest.dropFirst(promotions.count)
            let derived = rest.prefix { $0.derived != nil }.compactMap(\.derived)
            if !derived.isEmpty { try await store.derive(derived, in: study, epoch: epoch) }
            rest = rest.dropFirst(derived.count)
        }
    }

    /// What has ended stays so, and as long as its count stands nothing that
    /// the plan looks at has changed.
    private mutating func currentPlan(
        of study: StoredStudy, _ progress: StudyProgress
    ) async throws -> StudyPlan {
        defer { endedRungs = progress.endedRungs }
        guard var plan = plan.take() else {
            return try StudyPlan(
                study: study.study, trials: try await store.trials(of: study.id),
                versions: try await store.frontVersions(of: study.id), cut: study.cut)
        }
        if progress.endedRungs != endedRungs { try plan.observe(try await store.trials(of: study.id)) }
        return plan
    }

    /// Ends the sequence where a limit of time or energy is spent. The next look
    /// finds the cut, or limits that grew meanwhile.
    private mutating func cuts(_ plan: StudyPlan, _ study: StudyID, _ epoch: Int) async throws -> Bool {
        let limits = plan.study.search.limits
        guard limits.areMeasured, plan.cut == nil, !plan.isProposed,
            let cut = plan.cut(after: try await store.spending(of: study))
        else { return false }
        try await store.cut(study, at: cut, under: limits, epoch: epoch)
        forget()
        return true
    }

    /// The search is over: what still waits is stopped, then the tests, and the
    /// end, unless the budget grew.
    private mutating func conclude(
        _ plan: StudyPlan, _ progress: StudyProgress, _ epoch: Int
    ) async throws -> Outcome {
        try await load()
        // Another budget needs another plan, which the next look makes.
        guard let study = stored, study.study.search == plan.study.search, study.cut == plan.cut else {
            return .active
        }
        guard plan.waiting.isEmpty else {
            try await store.stop(plan.waiting, in: study.id, epoch: epoch)
            return .active
        }
        self.plan = plan
        if study.state == .running, let replication = plan.replication {
            guard progress.pendingReplicates == 0 else { return .idle }
            guard try await completes(replication, study.id, epoch) else { return .active }
        }
        switch study.state {
        case .running where plan.needsTests:
            try await store.requestTests(of: plan.front, in: study.id, epoch: epoch)
            try await enter(.testing, study.id, epoch)
        case .running: try await enter(.complete, study.id, epoch)
        case .testing:
            guard progress.pendingTests == 0 else { return .idle }
            try await enter(.complete, study.id, epoch)
        case .complete: return .complete
        }
        // The next look finds it complete, or a budget that grew meanwhile.
        return .active
    }

    /// Asks for replicates that are missing; where there are none the front
    /// that they made is stored.
    private mutating func completes(
        _ replication: FrontReplication, _ study: StudyID, _ epoch: Int
    ) async throws -> Bool {
        guard replication.missing.isEmpty else {
            try await store.requestReplicates(replication.missing, in: study, epoch: epoch)
            return false
        }
        if let version = plan?.version(of: replication) {
            try await store.append([version], to: study, epoch: epoch)
        }
        return true
    }

    private mutating func enter(_ state: StudyState, _ study: StudyID, _ epoch: Int) async throws {
        try await store.setState(state, of: study, epoch: epoch)
        stored?.state = state
    }
}
