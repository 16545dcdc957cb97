import Experiments
import Search

/// A store in memory with workers of its own: each look at what has ended lets
/// some of them finish. Calls fail at random, before or after their effect.
actor SimulatedStore: StudyStore {
    private(set) var stored: StoredStudy
    private(set) var rows: [Trial] = []
    private(set) var versions: [FrontVersion] = []
    private(set) var tested: Set<Int> = []
    private(set) var states: [StudyState] = []
    private(set) var failures = 0
    private(set) var rowsRead = 0
    /// How often the front of what is selected for it was not that of all trials.
    private(set) var wrongFronts = 0
    /// Seconds, one for each look.
    private var time = 0.0
    private var seconds = 0.0
    private var epoch = 0
    private var holds = false
    /// What the controller before records just before another one is granted control.
    private var lateCut: SearchCut?
    /// How many of the next writes another controller fences.
    private var fencings = 0
    private var pending: Set<Int> = []
    private var chance: SeededGenerator
    private let trouble: Double
    /// Called with the number of final trials at each look.
    private let onProgress: @Sendable (Int) -> Void

    init(
        _ study: Study, seed: UInt64, trouble: Double = 0,
        onProgress: @escaping @Sendable (Int) -> Void = { _ in }
    ) {
        stored = StoredStudy(id: 1, study: study, state: .running, hash: "", isTestSeen: false)
        chance = SeededGenerator(seed: seed)
        self.trouble = trouble
        self.onProgress = onProgress
    }

    func cutLate(at cut: SearchCut) { lateCut = cut }
    func fence(nextWrites count: Int) { fencings = count }

    /// The effect, with a failure before it, after it, or none.
    private func attempt<Value>(_ effect: () throws -> Value) throws -> Value {
        if chance.uniform() < trouble {
            failures += 1
            throw StoreError.unreachable("connection refused")
        }
        let value = try effect()
        if chance.uniform() < trouble {
            failures += 1
            throw StoreError.unreachable("the reply was lost")
        }
        return value
    }

    private func fenced(_ epoch: Int) throws {
        if chance.uniform() < trouble { self.epoch += 1 }
        if fencings > 0 { (fencings, self.epoch) = (fencings - 1, self.epoch + 1) }
        guard holds, epoch == self.epoch else {
            failures += 1
            holds = false
            throw StoreError.fenced
        }
    }

    func study(named name: String) throws -> StoredStudy? {
        try attempt { name == stored.study.name ? stored : nil }
    }
    func trials(of study: StudyID) throws -> [Trial] { try attempt { rows } }
    func trials(of study: StudyID, _ selection: TrialSelection) throws -> [Trial] {
        if case .ended = selection { try work() }
        let selected = try attempt { selection.select(from: rows) }
        rowsRead += selected.count
        return selected
    }
    func frontVersions(of study: StudyID) throws -> [FrontVersion] { try attempt { versions } }

    func control(_ study: StudyID, epoch: Int?, seconds: Double) throws -> Int? {
        try attempt {
            if holds, epoch == self.epoch { return epoch }
            // The other one's lease runs out some time.
            if holds, chance.uniform() < 0.5 { return nil }
            self.epoch += 1
            holds = true
            if let cut = lateCut.take() { stored.cut = cut }
            return self.epoch
        }
    }

    func propose(_ trials: [ProposedTrial], to study: StudyID, epoch: Int) throws {
        try attempt {
            try fenced(epoch)
            for trial in trials where trial.number >= rows.count {
                rows.append(
                    Trial(
                        number: trial.number, state: .ready, seed: trial.seed, label: trial.label,
                        assignment: trial.assignment, configuration: trial.configuration, span: trial.span))
            }
        }
    }

    func promote(_ trials: [PromotedTrial], in study: StudyID, epoch: Int) throws {
        try attempt {
            try fenced(epoch)
            for trial in trials { rows[trial.number].take(trial) }
        }
    }

    func derive(_ trials: [DerivedTrial], in study: StudyID, epoch: Int) throws {
        try attempt {
            try fenced(epoch)
            for trial in trials where trial.number >= rows.count {
                rows.append(Trial(trial, of: rows[trial.parent])!)
            }
        }
    }

    func stop(_ trials: [Int], in study: StudyID, epoch: Int) throws {
        try attempt {
            try fenced(epoch)
            for number in trials where rows[number].state == .paused { rows[number].state = .stopped }
        }
    }

    func append(_ versions: [FrontVersion], to study: StudyID, epoch: Int) throws {
        try attempt {
            try fenced(epoch)
            self.versions += versions.filter { $0.version > self.versions.count }
        }
    }

    func requestReplicates(_ replicates: [RequestedReplicate], in study: StudyID, epoch: Int) throws {
        try attempt {
            try fenced(epoch)
            for requested in replicates { rows[requested.trial].request(requested) }
        }
    }

    func requestTests(of trials: [Int], in study: StudyID, epoch: Int) throws {
        try attempt {
            try fenced(epoch)
            pending.formUnion(Set(trials).subtracting(tested))
        }
    }

    func setState(_ state: StudyState, of study: StudyID, epoch: Int) throws {
        try attempt {
            try fenced(epoch)
            stored.state = state
            states.append(state)
        }
    }

    func extend(_ study: StudyID, trials: Int) {
        stored.study.search.trials = max(trials, stored.study.search.trials)
        stored.state = .running
        for index in rows.indices where rows[index].state == .stopped { rows[index].state = .paused }
    }

    func pause(_ study: StudyID) { stored.isPaused = true }

    func resume(_ study: StudyID) {
        stored.isPaused = false
        guard stored.cut?.reason.isByHand == true else { return }
        (stored.cut, stored.state, holds) = (nil, .running, false)
        for index in rows.indices {
            switch rows[index].state {
            case .stopped: rows[index].state = .paused
            case .cancelled: rows[index].state = .ready
            default: break
            }
        }
    }

    func stop(_ study: StudyID, now: Bool) {
        holds = false
        stored.cut = SearchCut(
            trials: rows.count { $0.parent == nil }, reason: now ? .stopNow : .stop)
        for index in rows.indices where now && rows[index].state == .ready { rows[index].state = .cancelled }
    }

    func expireLeases() throws -> Int { try attempt { 0 } }

    /// What the workers do between two looks.
    private func work() throws {
        guard !stored.isPaused else { return }
        time += 1
        for trial in rows where trial.state == .ready && chance.uniform() < 0.4 {
            rows[trial.number].measurements = try Examples.measure(trial, in: stored.study)
            rows[trial.number].state = trial.rung + 1 < stored.study.search.rungs.count ? .paused : .done
            rows[trial.number].derived = try Examples.derived(from: trial, in: stored.study)
            seconds += 2
        }
        for number in rows.indices where chance.uniform() < 0.4 {
            let outstanding = rows[number].replicates.indices.first { !rows[number].replicates[$0].hasEnded }
            guard let outstanding else { continue }
            try Examples.end(replicate: outstanding, of: &rows[number], in: stored.study)
        }
        if let number = pending.min(), chance.uniform() < 0.5 {
            pending.remove(number)
            tested.insert(number)
        }
        onProgress(rows.filter(\.state.isFinal).count)
        if !hasRightFront { wrongFronts += 1 }
    }

    private var hasRightFront: Bool {
        let newest = Array(versions.suffix(1))
        let candidates = TrialSelection.front(last: newest.last?.members ?? []).select(from: rows)
        let read = Front.current(of: stored, newest: newest, candidates: candidates)
        let whole = Front.current(of: stored.study, trials: rows)
        return read.members == whole.members && read.hypervolume == whole.hypervolume
    }

    func progress(of study: StudyID) throws -> StudyProgress {
        try work()
        return try attempt {
            StudyProgress(
                trials: Dictionary(
                    rows.filter { $0.parent == nil }.map { ($0.state, 1) }, uniquingKeysWith: +),
                derived: rows.count { $0.parent != nil },
                pendingTests: pending.count,
                pendingReplicates: rows.flatMap(\.replicates).count { !$0.hasEnded },
                isPaused: stored.isPaused)
        }
    }

    func extend(_ study: StudyID, limits: SearchLimits) {
        stored.study.search.limits = limits
        stored.cut = nil
        extend(study, trials: 0)
    }

    func cut(_ study: StudyID, at cut: SearchCut, under limits: SearchLimits, epoch: Int) throws {
        try attempt {
            try fenced(epoch)
            if stored.cut == nil, limits == stored.study.search.limits { stored.cut = cut }
        }
    }

    /// Each unit took two seconds of a slot.
    func spending(of study: StudyID) throws -> SearchSpending {
        try attempt {
            SearchSpending(wallSeconds: time, endedSeconds: seconds, unmeteredSeconds: seconds)
        }
    }

    func create(_ study: Study) -> StoredStudy { stored }
    func studies() -> [StoredStudy] { [stored] }
    func workers() -> [KnownWorker] { [] }
    func drain(_ worker: WorkerID?) -> Int { 0 }
    func delete(_ study: StudyID) {}
    func attempts(at trial: Int, of study: StudyID) -> [Attempt] { [] }
    func running(in study: StudyID) -> [RunningTrial] { [] }
}
