public import Experiments

/// What a study's controller decides, without touching anything: which trials
/// to propose, which go on to a higher rung, which front versions to add, and
/// whether the search is over.
///
/// It is rebuilt from the stored rows after a crash and then decides the same,
/// because every decision is a function of the study and of units of work
/// (trial, rung) in virtual order:
///
/// - A virtual worker that is free lets the best waiting trial go on that may
///   (`Promotion`), and proposes a new one where none may. Either waits until
///   all units that virtually finished before its start have ended.
/// - What followed without training from a trial that virtually finished its
///   last rung becomes trials of their own there and then, with the next
///   numbers. They take no virtual time and none of the budget.
/// - A front version is made for every virtual completion of a last rung that
///   changes the front, in that order, once the virtual clock (the next unit's
///   start) has passed it; when nothing is left to decide the clock stands at
///   infinity.
/// - The sequence of decisions ends where a proposal would exceed the budget,
///   or where a limit of time or energy or the stopping rule has cut it: a study
///   that was cut after k trials is the study with a budget of k.
///   What waits may go on after that, decided at each virtual completion until
///   none may; these promotions are provisional. After a cut that cancelled
///   what was under way there are none.
/// - A budget that grew goes on where the sequence ended, and from the last
///   stored version. The trials and the last front are then those of a study
///   that had the larger budget from the start; versions in between may come
///   in another order, and derived trials may have other numbers. With several
///   rungs, what provisional promotions led to stays, and the front may hold
///   more for it.
public struct StudyPlan: Sendable {
    let study: Study
    let strategy: any Strategy
    let costs: Costs?
    let baselines: [Baselines.Baseline]
    /// Where the sequence ends before the budget of trials.
    let cut: SearchCut?
    var schedule: VirtualSchedule
    /// By number: those stored, with what was decided since.
    var trials: [Trial] = []
    /// The canonical texts of the configurations that have come up.
    var proposed: Set<String> = []
    /// Where each of `trials` stands among those that were proposed; a derived
    /// one stands where its parent does.
    var ordinals: [Int] = []
    /// How many of `trials` were proposed.
    var proposals = 0
    /// The numbers of derived trials by their parent's, ascending.
    var derived: [Int: [Int]] = [:]
    /// The trials of which all that was derived has come up.
    var derivedFrom: Set<Int> = []
    /// Units that the clock has passed, in virtual order.
    private(set) var passed: [TrainingUnit] = []
    /// The others, in virtual order.
    private(set) var ahead: [TrainingUnit] = []
    /// What `passed` has shown of trials, as strategies see it.
    package private(set) var visible: [VisibleTrial] = []
    /// Where a number stands in `visible`.
    private var places: [Int: Int] = [:]
    var promotion: Promotion
    private(set) var isExhausted = false
    /// Whether the stopping rule has ended the sequence.
    private(set) var isStopped = false
    /// Whether the sequence has ended.
    private(set) var isProvisional = false
    /// Whether what waits may not go on any more.
    private var isSettled = false
    var history: FrontHistory

    /// The plan of a study as it is stored.
    /// - Parameters:
    ///   - trials: all that are stored, by number.
    ///   - versions: all that are stored, by version.
    ///   - cut: as it is stored.
    /// - Throws: what is not supported, or does not fit the study.
    public init(
        study: Study, trials: [Trial] = [], versions: [FrontVersion] = [], cut: SearchCut? = nil
    ) throws(InputError) {
        self.study = study
        self.cut = cut
        strategy = try StrategyRegistry.strategy(of: study.search)
        costs = Costs(of: study)
        schedule = VirtualSchedule(parallelism: study.search.parallelism)
        promotion = Promotion(shares: study.search.rungs)
        if case .native = study.space.meaning, let shape = study.model?.shape {
            baselines = Baselines(for: study.space, shape: shape).all
        } else {
            baselines = []
        }
        history = FrontHistory(study)
        // What is to be proposed in any case is not derived before.
        proposed = Set(baselines.map(\.configuration.json.canonicalText))
        try adopt(trials)
        history.resume(from: versions, trials: trials)
    }

    /// Numbers of the trials that the next decisions wait for, in the order in
    /// which they virtually finish.
    public var awaited: [Int] {
        ahead.lazy.filter { !trials[$0.trial].hasEnded(at: $0.rung) }.map(\.trial)
    }

    /// Takes over that trials which waited in vain were stopped.
    mutating func stop(_ numbers: [Int]) {
        for number in numbers { trials[number].state = .stopped }
    }

    /// Takes over the state of stored trials; what has ended stays so.
    public mutating func observe(_ stored: [Trial]) throws(InputError) {
        for trial in stored where trials.indices.contains(trial.number) { trials[trial.number] = trial }
        try adopt(stored.filter { $0.number >= trials.count })
    }

    /// The decisions that can be made now, in order. They count as stored: if
    /// storing them fails, make the plan anew from what is stored. To store
    /// the first few alone does no harm.
    public mutating func nextDecisions() throws(InputError) -> [Decision] {
        var decisions: [Decision] = []
        while !isDecided, advanceClock(&decisions) {
            if isCancelled, isProposed {
                isSettled = true
            } else if let unit = promotion.next() {
                if let promoted = promote(unit) { decisions.append(.promote(promoted)) }
            } else if let proposal = try nextProposal() {
                accept(proposal)
                decisions.append(.propose(proposal))
                // What is left is looked at before the next.
                if study.search.limits.areMeasured { break }
            } else if let promoted = waitForCompletion() {
                decisions.append(.promote(promoted))
            }
        }
        if isDecided { for unit in endedAhead { derive(from: unit, &decisions) } }
        return decisions
    }

    /// The front versions that can be added now. They count as stored, like
    /// decisions.
    public mutating func nextVersions() -> [FrontVersion] {
        var versions: [FrontVersion] = []
        let beyond = isDecided ? endedAhead.dropFirst(max(0, history.offered - passed.count)) : []
        for unit in passed.dropFirst(history.offered) + beyond {
            versions += history.offer(unit, with: derived[unit.trial] ?? [], trials)
        }
        if isOver, hasRungs { versions += history.offerRest(of: trials) }
        return versions
    }

    /// Whether all trials of the budget, or of an exhausted space, are
    /// proposed.
    public var isProposed: Bool { isExhausted || isStopped || proposals >= limit }

    /// Whether the search is over: everything is decided and has ended.
    public var isOver: Bool {
        isDecided && trials.allSatisfy { $0.state.isFinal || $0.state == .paused }
    }

    /// Trials that wait in vain when the search is over.
    public var waiting: [Int] { trials.filter { $0.state == .paused }.map(\.number) }

    /// The members of the front, whose test split is to be measured when the
    /// search is over.
    public var front: [Int] { replication?.members ?? history.front.members }

    /// Whether the front's test split is to be measured.
    public var needsTests: Bool {
        guard case .native = study.engine else { return false }
        return study.task?.test != nil && !front.isEmpty
    }

    var lastRung: Int { study.search.rungs.count - 1 }

    private var hasRungs: Bool { lastRung > 0 }

    /// Whether a person ended the search at once: then nobody goes on to a
    /// further rung.
    private var isCancelled: Bool { cut?.reason == .stopNow }

    private var isDecided: Bool { hasRungs ? isSettled : isProposed }

    private mutating func nextProposal() throws(InputError) -> ProposedTrial? {
        guard !isProvisional, !isProposed else { return nil }
        isStopped = meetsStoppingRule()
        if isStopped { return nil }
        let proposal = try proposal()
        isExhausted = proposal == nil
        return proposal
    }

    /// Lets the clock stand at the next virtual completion, after which
    /// somebody may go on.
    /// - Returns: who goes on although there is none, if that is new.
    private mutating func waitForCompletion() -> PromotedTrial? {
        isProvisional = true
        if let next = ahead.first {
            schedule.wait(until: finish(of: next))
        } else if let unit = promotion.lastResort() {
            return promote(unit)
        } else {
            isSettled = true
        }
        return nil
    }

    /// Lets the clock stand at the next unit's start, with what follows from
    /// the units that it passes.
    /// - Returns: false while a unit that would have finished by then has not
    ///   ended.
    private mutating func advanceClock(_ decisions: inout [Decision]) -> Bool {
        // At once, because a plan that is made anew passes all there is.
        var passing = 0
        defer { ahead.removeFirst(passing) }
        while passing < ahead.count, finish(of: ahead[passing]) <= schedule.nextStart {
            let next = ahead[passing]
            guard trials[next.trial].hasEnded(at: next.rung) else { return false }
            passing += 1
            passed.append(next)
            show(next)
            for number in derive(from: next, &decisions) { show(derived: number) }
        }
        return true
    }

    /// Lets strategies and promotions see a unit.
    private mutating func show(_ unit: TrainingUnit) {
        let trial = trials[unit.trial]
        let seen = seen(trial, at: unit.rung)
        if let place = places[trial.number] {
            visible[place] = seen
        } else {
            places[trial.number] = visible.count
            visible.append(seen)
        }
        if !trial.hasFailed(at: unit.rung) {
            promotion.add(
                RungResult(number: trial.number, losses: seen.losses, violation: seen.violation),
                at: unit.rung, isExempt: ordinals[trial.number] < baselines.count)
        }
    }

    private mutating func show(derived number: Int) { visible.append(seen(trials[number], at: lastRung)) }

    /// The virtual completions beyond the clock up to the first that has not
    /// ended.
    private var endedAhead: ArraySlice<TrainingUnit> {
        ahead.prefix { trials[$0.trial].hasEnded(at: $0.rung) }
    }

    /// Puts a unit among those ahead.
    mutating func insert(_ unit: TrainingUnit) {
        let place = ahead.lastIndex { other in
            (finish(of: other), other.trial, other.rung) < (finish(of: unit), unit.trial, unit.rung)
        }
        ahead.insert(unit, at: place.map { $0 + 1 } ?? 0)
    }

    private func finish(of unit: TrainingUnit) -> Int { trials[unit.trial].rungs[unit.rung].span.finish }
}
