import Experiments

/// What a controller knows between two looks; all of it can be lost.
struct ControllerSession {
    private let name: String
    private let store: any StudyStore
    private let timing: StudyController.Timing
    private let time: @Sendable () -> Duration
    private let hasRoom: @Sendable () -> Bool
    private let notePause: @Sendable (_ isPaused: Bool) -> Void
    private var isPaused = false
    private var epoch: Int?
    private var renewal = Duration.zero
    private var expiry = Duration.zero
    private var stored: StoredStudy?
    /// Of the study as it was first found: another one may take its name.
    private var identifier: StudyID?
    private var plan: StudyPlan?
    /// Whether the last look decided something.
    private var hasDecided = false
    /// How long the last look computed, by which its lease may have run out.
    private(set) var thinking = Duration.zero

    init(_ name: String, _ controller: StudyController) {
        self.name = name
        store = controller.store
        timing = controller.timing
        time = controller.stopwatch()
        hasRoom = controller.hasRoom
        notePause = controller.notePause
    }

    /// After an outage workers get the time of a lease to renew theirs. The plan
    /// stays unless a write was lost: what it holds is stored, and to make it
    /// anew takes longer the more trials there are.
    mutating func loseContact() {
        stored = nil
        renewal = .zero
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
        /// Something ended, and nothing follows from that yet.
        case moving
        case idle
    }

    /// One look at the study, and all that follows from it.
    mutating func look() async throws -> Outcome {
        if stored == nil { try await load() }
        guard let known = stored else { return .idle }
        if known.state == .complete {
            // Its budget may have grown by the next look.
            stored = nil
            return .complete
        }
        guard try await holdsControl(of: known.id), let epoch else {
            // Another controller may have finished it.
            stored = nil
            return .idle
        }
        // Just granted: the controller before may have decided, or cut the
        // search, since the study was looked at.
        guard let study = stored else { return .active }
        try await expireLeases()
        thinking = .zero
        guard !isPaused, hasRoom() else { return .idle }
        var (plan, hasNews) = try await currentPlan(of: study)
        if hasNews || hasDecided, try await cuts(plan, study.id, epoch) { return .active }
        let begin = time()
        let decisions = try plan.nextDecisions()
        thinking += time() - begin
        let versions = plan.nextVersions()
        hasDecided = !decisions.isEmpty
        // Readers of the front look at what finishes after the latest proposal
        // starts, so the front goes first, unless it holds what is yet to be derived.
        let derives = decisions.contains { $0.derived != nil }
        if derives { try await write(decisions, study.id, epoch) }
        if !versions.isEmpty { try await store.append(versions, to: study.id, epoch: epoch) }
        if !derives { try await write(decisions, study.id, epoch) }
        if let cut = plan.ruleCut {
            try await store.cut(study.id, at: cut, under: plan.study.search.limits, epoch: epoch)
            forget()
            return .active
        }
        if plan.isOver { return try await conclude(plan, epoch) }
        self.plan = plan
        if !decisions.isEmpty || !versions.isEmpty { return .active }
        return hasNews ? .moving : .idle
    }

    private mutating func load() async throws {
        guard let study = try await store.study(named: name) else {
            if identifier != nil { throw StoreError.studyDeleted }
            throw InputError(name, reason: "is not a stored study", suggestion: "peftsearch study list")
        }
        guard identifier ?? study.id == study.id else { throw StoreError.studyDeleted }
        (stored, identifier) = (study, study.id)
        see(isPaused: study.isPaused)
    }

    private mutating func see(isPaused: Bool) {
        if self.isPaused != isPaused { notePause(isPaused) }
        self.isPaused = isPaused
    }

    private mutating func holdsControl(of study: StudyID) async throws -> Bool {
        if epoch != nil, time() < renewal { return true }
        let granted = try await store.control(study, epoch: epoch, seconds: timing.leaseSeconds)
        if granted != epoch { (plan, stored) = (nil, nil) }
        epoch = granted
        renewal = time() + .seconds(timing.leaseSeconds / 3)
        // A pause is nobody's decision: it is looked for now and then.
        if granted != nil { see(isPaused: try await store.progress(of: study).isPaused) }
        return granted != nil
    }

    /// Renews the lease in the midst of a look that takes long.
    private mutating func keepControl(of study: StudyID) async throws {
        guard time() >= renewal else { return }
        let granted = try await store.control(study, epoch: epoch, seconds: timing.leaseSeconds)
        guard granted != nil, granted == epoch else { throw StoreError.fenced }
        renewal = time() + .seconds(timing.leaseSeconds / 3)
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

    /// The plan, and whether it holds anything that the last one did not.
    ///
    /// What has ended stays so, and the plan knows what it waits for: that alone
    /// is asked after, in parts, because what is needed next mostly ends first.
    private mutating func currentPlan(of study: StoredStudy) async throws -> (StudyPlan, hasNews: Bool) {
        guard var plan = plan.take() else { return (try await newPlan(of: study), true) }
        do {
            let hasNews = try await observe(&plan, study.id)
            return (plan, hasNews)
        } catch is InputError {
            // This controller was held up for so long that another one has
            // decided meanwhile, by which its own plan is out of date.
            return (try await newPlan(of: study), true)
        } catch {
            self.plan = plan
            throw error
        }
    }

    private func observe(_ plan: inout StudyPlan, _ study: StudyID) async throws -> Bool {
        var awaited = plan.awaited[...]
        var hasNews = false
        while !awaited.isEmpty {
            let asked = Array(awaited.prefix(Self.part))
            let ended = try await store.trials(of: study, .ended(asked))
            try plan.observe(ended)
            hasNews = hasNews || !ended.isEmpty
            guard ended.count == asked.count else { break }
            awaited = awaited.dropFirst(asked.count)
        }
        return hasNews
    }

    private static let part = 128

    /// From all that is stored, read in pages: this controller alone adds to it.
    private mutating func newPlan(of study: StoredStudy) async throws -> StudyPlan {
        var trials: [Trial] = []
        while true {
            let page = try await store.trials(
                of: study.id, .page(after: trials.last?.number, limit: Self.page))
            trials += page
            try await keepControl(of: study.id)
            guard page.count == Self.page else { break }
        }
        let versions = try await store.frontVersions(of: study.id)
        let begin = time()
        let plan = try StudyPlan(study: study.study, trials: trials, versions: versions, cut: study.cut)
        thinking += time() - begin
        return plan
    }

    private static let page = 5000

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
    private mutating func conclude(_ plan: StudyPlan, _ epoch: Int) async throws -> Outcome {
        var plan = plan
        try await load()
        // Another budget needs another plan, which the next look makes.
        guard let study = stored, study.study.search == plan.study.search, study.cut == plan.cut else {
            return .active
        }
        let waiting = plan.waiting
        guard waiting.isEmpty else {
            try await store.stop(waiting, in: study.id, epoch: epoch)
            plan.stop(waiting)
            self.plan = plan
            return .active
        }
        self.plan = plan
        let progress = try await store.progress(of: study.id)
        if study.state == .running, plan.study.search.replicateFront > 1 {
            guard progress.pendingReplicates == 0 else { return .idle }
            guard try await completes(study.id, epoch) else { return .active }
            // It has looked at the replicates.
            plan = self.plan ?? plan
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

    /// Asks for replicates that are missing, once those that were asked for have
    /// been looked at; where there are none the front that they made is stored.
    private mutating func completes(_ study: StudyID, _ epoch: Int) async throws -> Bool {
        guard var plan, let before = plan.replication else { return true }
        if !before.missing.isEmpty {
            let asked = Set(before.missing.map(\.trial)).sorted()
            try plan.observe(try await store.trials(of: study, .numbered(asked)))
            self.plan = plan
        }
        guard let replication = plan.replication else { return true }
        guard replication.missing.isEmpty else {
            try await store.requestReplicates(replication.missing, in: study, epoch: epoch)
            return false
        }
        if let version = plan.version(of: replication) {
            try await store.append([version], to: study, epoch: epoch)
        }
        self.plan = plan
        return true
    }

    private mutating func enter(_ state: StudyState, _ study: StudyID, _ epoch: Int) async throws {
        try await store.setState(state, of: study, epoch: epoch)
        stored?.state = state
    }
}
