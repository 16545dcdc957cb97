import Experiments
import Search

/// Real workers that run a plan's trials in simulated real time, with crashes
/// of workers and of the controller, all drawn from `storm`.
struct StormSimulation {
    var study: Study
    var workers: Int
    /// Seeds durations and crashes; nil is undisturbed, all durations equal.
    var storm: UInt64?
    /// Numbers that diverge, whoever runs them.
    var failing: Set<Int>
    /// What a trial of the study measures, observed in so many seconds.
    var measure: @Sendable (Trial, Study, Double) throws -> [Measurement] = {
        try Examples.measure($0, in: $1, seconds: $2)
    }
    /// What follows from a trial that reached its last rung.
    var derive = Examples.derived

    private(set) var trials: [Trial] = []
    private(set) var versions: [FrontVersion] = []
    /// Each trial and rung that was trained, in the order of real time.
    private(set) var trained: [[Int]] = []
    /// Each trial and replicate that was trained, in the order of real time.
    private(set) var replicated: [[Int]] = []
    private var chance = SeededGenerator(seed: 0)

    init(
        _ study: Study, workers: Int = 1, storm: UInt64? = nil,
        failing: Set<Int> = Set(stride(from: 10, to: 1000, by: 11))
    ) {
        self.study = study
        self.workers = workers
        self.storm = storm
        self.failing = failing
    }

    private struct Run {
        var trial: Int
        var end: Double
    }

    /// Runs the study to its end; once more after the budget grew.
    mutating func run() throws {
        chance = SeededGenerator(seed: storm ?? 0)
        var plan = try rebuilt()
        var running: [Run] = []
        var now = 0.0
        while true {
            if happens(0.1) { plan = try rebuilt() }
            try decide(&plan)
            start(&running, now)
            guard let next = running.min(by: { ($0.end, $0.trial) < ($1.end, $1.trial) }) else { break }
            running.removeAll { $0.trial == next.trial }
            now = next.end
            try end(next.trial)
            try plan.observe(trials)
        }
        guard plan.isOver else { throw InputError("simulation", reason: "stalled at trial \(trials.count)") }
        for number in plan.waiting { trials[number].state = .stopped }
        try replicate(&plan)
    }

    /// What the controller does once the search is over.
    private mutating func replicate(_ plan: inout StudyPlan) throws {
        while true {
            plan = try rebuilt()
            guard let replication = plan.replication else { return }
            var missing = replication.missing
            guard !missing.isEmpty else {
                if let version = plan.version(of: replication) { versions.append(version) }
                return
            }
            for requested in missing { trials[requested.trial].request(requested) }
            // In a storm in any order, and the controller may die after each.
            repeat {
                let place = storm == nil ? 0 : chance.index(below: missing.count)
                let chosen = missing.remove(at: place)
                replicated.append([chosen.trial, chosen.number])
                let index = trials[chosen.trial].replicates.firstIndex { $0.number == chosen.number }!
                try Examples.end(replicate: index, of: &trials[chosen.trial], in: study)
            } while !missing.isEmpty && !happens(0.3)
        }
    }

    private mutating func rebuilt() throws -> StudyPlan {
        try StudyPlan(study: study, trials: trials, versions: versions)
    }

    /// The controller may die before any of its writes.
    private mutating func decide(_ plan: inout StudyPlan) throws {
        while true {
            let decisions = try plan.nextDecisions()
            let stored = happens(0.1) ? decisions.dropLast() : decisions[...]
            for decision in stored { store(decision) }
            if stored.count < decisions.count || happens(0.1) {
                plan = try rebuilt()
                continue
            }
            versions += plan.nextVersions()
            return
        }
    }

    private mutating func store(_ decision: Decision) {
        switch decision {
        case .propose(let proposal):
            trials.append(
                Trial(
                    number: proposal.number, state: .ready, seed: proposal.seed, label: proposal.label,
                    assignment: proposal.assignment, configuration: proposal.configuration,
                    span: proposal.span))
        case .promote(let promoted): trials[promoted.number].take(promoted)
        case .derive(let derived): trials.append(Trial(derived, of: trials[derived.parent])!)
        }
    }

    /// Free workers take ready trials, in a storm in any order.
    private mutating func start(_ running: inout [Run], _ now: Double) {
        while running.count < workers {
            let ready = trials.filter { $0.state == .ready }
            guard !ready.isEmpty else { return }
            let chosen = ready[storm == nil ? 0 : chance.index(below: ready.count)].number
            trials[chosen].state = .running
            trials[chosen].attempts += 1
            let duration = storm == nil ? 1 : 0.1 + 10 * chance.uniform() * chance.uniform()
            running.append(Run(trial: chosen, end: now + duration))
        }
    }

    /// What a store does when the budget grows.
    mutating func wakeStopped() {
        for index in trials.indices where trials[index].state == .stopped { trials[index].state = .paused }
    }

    /// Every other one diverges at its second rung, if there is one.
    private func diverges(_ number: Int) -> Bool {
        failing.contains(number) && trials[number].rung == min(number / 11 % 2, study.search.rungs.count - 1)
    }

    /// A worker finishes, or dies and leaves its trial to the next.
    private mutating func end(_ number: Int) throws {
        if happens(0.15) {
            trials[number].state = .ready
        } else if diverges(number) {
            trials[number].state = .failed
            trials[number].failure = TrialFailure(.diverged, "loss is not finite")
        } else {
            let seconds = storm == nil ? 1 : 1 + chance.uniform()
            trials[number].measurements = try measure(trials[number], study, seconds)
            trials[number].state = trials[number].rung + 1 < study.search.rungs.count ? .paused : .done
            trials[number].derived = try derive(trials[number], study)
            trained.append([number, trials[number].rung])
        }
    }

    private mutating func happens(_ probability: Double) -> Bool {
        storm != nil && chance.uniform() < probability
    }

    /// What must not depend on workers and storms.
    var record: [Trial] {
        record(attempts: 0).map { trial in
            var trial = trial
            for rung in trial.rungs.indices {
                trial.rungs[rung].measurements.removeAll { $0.kind == .observed }
            }
            return trial
        }
    }

    func record(attempts: Int) -> [Trial] {
        trials.map { trial in
            var trial = trial
            trial.attempts = attempts
            return trial
        }
    }
}
