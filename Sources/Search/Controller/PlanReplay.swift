public import Experiments

/// The decisions of a stored study made once more, from its seed and its
/// results alone, and compared with what is stored.
///
/// A plan begins with nothing and is shown of each stored trial what it may
/// see: the rung that it has itself decided on, and no more. So proposals,
/// promotions, derived trials, replicates' seeds and front versions with their
/// hypervolumes come out anew.
///
/// A budget that grew is not recorded with the moment at which it did. Of such
/// a study numbers of derived trials and the front versions but the last are
/// not compared (see `StudyPlan`).
public struct PlanReplay: Sendable {
    /// One thing that does not come out as it is stored.
    public struct Difference: Sendable, Hashable {
        /// `trial 3`, `front version 2`, `cut`.
        public var subject: String
        /// Of it: `seed`, `configuration`, `members`.
        public var key: String
        /// Nil where nothing is stored.
        public var recorded: String?
        /// Nil where nothing comes out.
        public var found: String?
    }

    let stored: StoredStudy
    let trials: [Trial]
    let versions: [FrontVersion]
    /// Numbers of stored trials that were proposed, by their place among them.
    let proposals: [Int]
    var plan: StudyPlan
    /// The stored number of each of the plan's trials.
    var storedNumber: [Int] = []
    /// The rung up to which a stored trial is shown.
    var shown: [Int: Int] = [:]
    var made: [FrontVersion] = []
    /// The first one; what follows from it is not looked at.
    public internal(set) var difference: Difference?
    /// How many proposals, promotions and derived trials were made again.
    public internal(set) var decisions = 0
    /// How many front versions were compared.
    public internal(set) var comparedVersions = 0

    /// Makes all decisions again.
    /// - Parameters:
    ///   - stored: complete.
    ///   - trials: all of it, by number.
    ///   - versions: all of it, by version.
    ///   - progress: told after each decision how many were made.
    /// - Throws: `InputError` when the plan cannot be made, such as of a
    ///   strategy's other version; `CancellationError` when the task is
    ///   cancelled.
    public init(
        of stored: StoredStudy, trials: [Trial], versions: [FrontVersion],
        progress: (_ decisions: Int) -> Void = { _ in }
    ) throws {
        self.stored = stored
        self.trials = trials
        self.versions = versions
        proposals = trials.filter { $0.parent == nil }.map(\.number)
        // Where the stopping rule ended the search has to come out by itself.
        plan = try StudyPlan(
            study: stored.study, cut: stored.cut?.reason == .improvement ? nil : stored.cut)
        while difference == nil {
            try Task.checkCancellation()
            let decisions = try plan.nextDecisions()
            made += plan.nextVersions()
            for decision in decisions where difference == nil {
                follow(decision)
                self.decisions += 1
                progress(self.decisions)
            }
            if decisions.isEmpty { break }
            try show()
        }
        if difference == nil { try conclude() }
    }

    /// Shows the plan what is stored of its trials.
    private mutating func show() throws(InputError) {
        try plan.observe(
            storedNumber.enumerated().map { number, storedNumber in
                var trial = trials[storedNumber].shown(upTo: shown[storedNumber] ?? 0)
                trial.number = number
                trial.parent = trial.parent.flatMap { parent in self.storedNumber.firstIndex(of: parent) }
                return trial
            })
    }

    private mutating func conclude() throws(InputError) {
        compareEnd()
        guard difference == nil else { return }
        // What provisional promotions of a smaller budget led to stays.
        if stored.hasGrown {
            for number in storedNumber { shown[number] = trials[number].rung }
            try show()
        }
        made += plan.nextVersions()
        if let replication = plan.replication { compare(replication) }
        compareVersions()
    }

    /// Notes a difference, if it is one and the first.
    mutating func compare(_ subject: String, _ key: String, _ recorded: String?, _ found: String?) {
        guard difference == nil, recorded != found else { return }
        difference = Difference(subject: subject, key: key, recorded: recorded, found: found)
    }
}

extension Trial {
    /// As it was when the rung had ended.
    fileprivate func shown(upTo last: Int) -> Trial {
        guard last < rung || state == .stopped else { return self }
        var trial = self
        trial.rungs = Array(rungs.prefix(last + 1))
        trial.rung = last
        trial.state = .paused
        trial.failure = nil
        trial.computeClass = nil
        trial.artifact = nil
        trial.derived = []
        return trial
    }
}
