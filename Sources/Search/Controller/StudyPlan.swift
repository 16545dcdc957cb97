public import Experiments

/// What a study's controller decides, without touching anything: which trials
/// to propose, which front versions to add, and whether the search is over.
///
/// It is rebuilt from the stored rows after a crash and then decides the same,
/// because every decision is a function of the study and of trials in virtual
/// order:
///
/// - Proposal k waits until all of I(k), the trials that virtually finished
///   before its start, are final.
/// - A front version is made for every virtual completion that changes the
///   front, in that order, once the virtual clock (the next proposal's start)
///   has passed it; when the budget is used up the clock stands at infinity.
/// - A budget that grew goes on from the last stored version. The trials and
///   the last front are then those of a study that had the larger budget from
///   the start; versions in between may come in another order.
public struct StudyPlan: Sendable {
    let study: Study
    let strategy: any Strategy
    let costs: Costs?
    let baselines: [Baselines.Baseline]
    private(set) var schedule: VirtualSchedule
    /// By number: those stored, then those proposed.
    private(set) var trials: [Trial] = []
    /// The canonical texts of all configurations.
    private(set) var proposed: Set<String> = []
    /// Numbers that the clock has passed, in virtual order.
    private(set) var passed: [Int] = []
    /// The others, in virtual order.
    private(set) var ahead: [Int] = []
    /// `passed` as strategies see them.
    private(set) var visible: [VisibleTrial] = []
    private(set) var isExhausted = false
    private var history: FrontHistory

    /// The plan of a study as it is stored.
    /// - Parameters:
    ///   - trials: all that are stored, by number.
    ///   - versions: all that are stored, by version.
    /// - Throws: what is not supported, or does not fit the study.
    public init(study: Study, trials: [Trial] = [], versions: [FrontVersion] = []) throws(InputError) {
        self.study = study
        strategy = try StrategyRegistry.strategy(of: study.search)
        costs = Costs(of: study)
        schedule = VirtualSchedule(parallelism: study.search.parallelism)
        if case .native = study.space.meaning, let shape = study.model?.shape {
            baselines = Baselines(for: study.space, shape: shape).all
        } else {
            baselines = []
        }
        history = FrontHistory(study)
        for trial in trials { try add(trial) }
        history.resume(from: versions, trials: trials)
    }

    /// Takes over the state of stored trials; those that are final stay so.
    public mutating func observe(_ stored: [Trial]) throws(InputError) {
        for trial in stored {
            if trials.indices.contains(trial.number) {
                trials[trial.number] = trial
            } else {
                try add(trial)
            }
        }
    }

    /// The proposals that can be made now, in order. They count as stored: if
    /// storing them fails, make the plan anew from what is stored.
    public mutating func nextProposals() throws(InputError) -> [ProposedTrial] {
        var proposals: [ProposedTrial] = []
        while !isProposed, advanceClock() {
            guard let proposal = try proposal(number: trials.count) else {
                isExhausted = true
                break
            }
            accept(proposal)
            proposals.append(proposal)
        }
        return proposals
    }

    /// The front versions that can be added now. They count as stored, like
    /// proposals.
    public mutating func nextVersions() -> [FrontVersion] {
        var versions: [FrontVersion] = []
        for number in passed.dropFirst(history.offered) + (isProposed ? finalAhead : []) {
            if let version = history.offer(number, trials) { versions.append(version) }
        }
        return versions
    }

    /// Whether all trials of the budget, or of an exhausted space, are
    /// proposed.
    public var isProposed: Bool { isExhausted || trials.count >= study.search.trials }

    /// Whether the search is over: everything is proposed and final.
    public var isOver: Bool { isProposed && trials.allSatisfy(\.state.isFinal) }

    /// The members of the last version, and whose test split is to be measured
    /// when the search is over.
    public var front: [Int] { history.front.members }

    /// Whether the front's test split is to be measured.
    public var needsTests: Bool {
        guard case .native = study.engine else { return false }
        return study.task?.test != nil && !front.isEmpty
    }

    /// Lets the clock stand at the next proposal's start.
    /// - Returns: false while a trial that would have finished by then is not
    ///   final.
    private mutating func advanceClock() -> Bool {
        while let next = ahead.first, trials[next].span.finish <= schedule.nextStart {
            guard trials[next].state.isFinal else { return false }
            ahead.removeFirst()
            passed.append(next)
            let trial = trials[next]
            visible.append(
                VisibleTrial(
                    trial, configuration: costs == nil ? nil : try? Configuration(json: trial.configuration),
                    in: study, costs: costs))
        }
        return true
    }

    /// The virtual completions beyond the clock up to the first that is not
    /// final.
    private var finalAhead: ArraySlice<Int> {
        ahead.prefix { trials[$0].state.isFinal }.dropFirst(max(0, history.offered - passed.count))
    }

    private mutating func accept(_ proposal: ProposedTrial) {
        _ = schedule.place(duration: proposal.span.finish - proposal.span.start)
        insert(
            Trial(
                number: proposal.number, state: .ready, seed: proposal.seed, label: proposal.label,
                assignment: proposal.assignment, configuration: proposal.configuration, span: proposal.span))
    }

    /// Adds a stored trial after checking that this study would have made it.
    private mutating func add(_ trial: Trial) throws(InputError) {
        let duration = trial.span.finish.subtractingReportingOverflow(trial.span.start)
        guard trial.number == trials.count, trial.seed == Self.seed(of: trial.number, in: study),
            trial.span.start == schedule.nextStart, !duration.overflow, duration.partialValue >= 1
        else {
            throw InputError(
                study.name, key: "trial \(trial.number)",
                reason: "is stored with a number, seed or virtual time that this study does not give it",
                suggestion: "the release that began the study, or a study of another name")
        }
        _ = schedule.place(duration: duration.partialValue)
        insert(trial)
    }

    private mutating func insert(_ trial: Trial) {
        trials.append(trial)
        proposed.insert(trial.configuration.canonicalText)
        let place = ahead.lastIndex { other in
            (trials[other].span.finish, other) < (trial.span.finish, trial.number)
        }
        ahead.insert(trial.number, at: place.map { $0 + 1 } ?? 0)
    }
}
