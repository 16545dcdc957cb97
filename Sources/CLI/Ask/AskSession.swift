import Experiments
import Search
import Workers

/// A study whose trials somebody else runs: what is written for each line that
/// is read.
///
/// It is the `StudyPlan` of a controller with a list in the place of a store,
/// so it decides what `run` decides for the same results.
struct AskSession {
    let study: Study
    private let costs: Costs?
    private var plan: StudyPlan
    private var trials: [Trial] = []
    private var lines = 0

    init(_ study: Study) throws(InputError) {
        self.study = study
        costs = Costs(of: study)
        plan = try StudyPlan(study: study)
    }

    /// Whether all trials of the budget have a result.
    var isOver: Bool { plan.isOver }

    /// The study, and the trials that may start at once.
    mutating func begin() throws(InputError) -> [JSON] {
        [["study": study.json]] + (try startable())
    }

    /// What follows from a line: trials that may start now, a description, or
    /// why the line cannot be used.
    /// - Throws: what the search itself cannot go on with.
    mutating func answer(_ line: LineSplitter.Line) throws(InputError) -> [JSON] {
        lines += 1
        let message: AskMessage
        do {
            guard let read = try AskMessage(line, of: study) else { return [] }
            message = read
        } catch {
            return [refusal(error)]
        }
        switch message {
        case .describe(let assignment): return [description(of: assignment)]
        case .tell(let told):
            do {
                try note(told)
            } catch {
                return [refusal(error)]
            }
            return try startable()
        }
    }

    /// Of the trials that have a result, in the form of `front --format json`.
    var front: JSON {
        let front = Front.current(of: study, trials: trials)
        return [
            "front": TrialJSON.front(
                front.members, of: study, hypervolume: front.hypervolume, references: front.references,
                isTestSeen: false)
        ]
    }

    /// Ends with what runs, so that whoever reads knows when it is all.
    private mutating func startable() throws(InputError) -> [JSON] {
        var started: [Int] = []
        for decision in try plan.nextDecisions() {
            switch decision {
            case .propose(let proposal):
                trials.append(
                    Trial(
                        number: proposal.number, state: .ready, seed: proposal.seed, label: proposal.label,
                        assignment: proposal.assignment, configuration: proposal.configuration,
                        span: proposal.span))
                started.append(proposal.number)
            case .promote(let promoted):
                trials[promoted.number].take(promoted)
                started.append(promoted.number)
            // Nothing was derived: results are told without any.
            case .derive: break
            }
        }
        for number in started { trials[number].state = .running }
        guard !isOver else { return [] }
        let running = trials.filter { $0.state == .running }.map { JSON.integer($0.number) }
        return started.map { ["trial": json(trials[$0])] } + [["running": .array(running)]]
    }

    private mutating func note(_ told: ToldResult) throws(InputError) {
        guard trials.indices.contains(told.number) else {
            throw InputError("tell", key: "number", reason: "trial \(told.number) was not proposed")
        }
        guard trials[told.number].state == .running else {
            throw InputError(
                "tell", key: "number",
                reason: "trial \(told.number) has its result at rung \(trials[told.number].rung)")
        }
        trials[told.number] = try told.completed(trials[told.number], of: study, costs: costs)
        try plan.observe([trials[told.number]])
    }

    private func json(_ trial: Trial) -> JSON {
        [
            "number": .integer(trial.number),
            "seed": .integer(Int(clamping: trial.seed)),
            "rung": .integer(trial.rung),
            "label": JSON(trial.label),
            "assignment": .object(trial.assignment),
            "configuration": trial.configuration,
            "known": known(costs == nil ? nil : try? Configuration(json: trial.configuration)),
            "share": .number(study.search.rungs[trial.rung]),
            "virtual_duration": .integer(
                trial.rungs[trial.rung].span.finish - trial.rungs[trial.rung].span.start),
        ]
    }

    private func description(of assignment: Assignment) -> JSON {
        do {
            let canonical = try study.space.canonical(assignment)
            var configuration: Configuration?
            if costs != nil {
                configuration = try HybridSpace.configuration(from: canonical, in: study.space)
                try check(configuration!)
            }
            return [
                "description": [
                    "assignment": .object(canonical),
                    "configuration": configuration?.json ?? .object(canonical),
                    "known": known(configuration),
                    "virtual_duration": .integer(Costs.virtualDuration(of: configuration, in: study)),
                ]
            ]
        } catch {
            return refusal(error)
        }
    }

    private func check(_ configuration: Configuration) throws(InputError) {
        if let reason = configuration.conflict {
            throw InputError("configuration", key: "components", reason: reason)
        }
        guard let shape = study.model?.shape, let task = study.task else { return }
        try configuration.check(against: shape, maximumLength: task.maximumLength, subject: "configuration")
        try configuration.check(for: task.kind, subject: "configuration")
    }

    /// Exact costs by metric.
    private func known(_ configuration: Configuration?) -> JSON {
        guard let costs, let configuration else { return [:] }
        let values = ToldResult.exactMetrics.compactMap { metric in
            costs.exactValue(of: metric, for: configuration).map { (metric, JSON.number($0)) }
        }
        return .object(Dictionary(uniqueKeysWithValues: values))
    }

    private func refusal(_ error: InputError) -> JSON {
        [
            "error": [
                "line": .integer(lines), "key": JSON(error.key), "reason": .string(error.reason),
                "suggestion": JSON(error.suggestion),
            ]
        ]
    }
}
