import Experiments
import TestSupport
import Workers

import func Foundation.exp

/// A simulation while it runs.
final class Run: @unchecked Sendable {
    // Unchecked: one thread runs the world and everything in it.
    private let simulation: Simulation
    private let world: World
    private let server: SimulatedServer
    private let fleet: Fleet
    private let nemesis: Nemesis?
    private let courses: Courses
    private var completion: Ticks?
    private var longestStall: Ticks = 0
    private var violation: String?

    init(_ simulation: Simulation, _ study: Study, dataFolder: String) {
        let seed = simulation.seed
        self.simulation = simulation
        world = World(seed: seed)
        server = SimulatedServer(world, simulation)
        let courses = Courses(simulation)
        self.courses = courses
        let network = Network(world, server, seed: seed)
        let fleet = Fleet(
            world, network, server, options: simulation.options, dataFolder: dataFolder, seed: seed,
            course: { courses.course(of: $0) })
        self.fleet = fleet
        nemesis = simulation.options.storm.map { Nemesis(fleet, simulation.options, $0, seed: seed) }
        courses.nemesis = nemesis
        server.answer(to: .create(study))
    }

    func outcome() -> Simulation.Outcome {
        fleet.supervise()
        nemesis?.begin()
        world.run(until: isOver)
        world.end()
        let stored = server.model.study(named: "simulated")
        return Simulation.Outcome(
            violation: violation ?? stored.flatMap(endViolation), stored: stored,
            record: StudyRecord(server.model, of: stored?.id ?? 0), attempts: server.checker.attempts,
            faults: (nemesis?.counts ?? FaultCounts()) + fleet.network.counts,
            seconds: (completion ?? world.now).inSeconds, busySeconds: courses.busySeconds,
            longestStall: longestStall.inSeconds,
            history: server.history.map { time, entry in
                switch entry {
                case .call(let call, let answer):
                    Simulation.History(seconds: time.inSeconds, call: call, answer: answer)
                case .restart: Simulation.History(seconds: time.inSeconds, call: nil, answer: .done)
                }
            })
    }

    private func endViolation(_ stored: StoredStudy) -> String? {
        EndChecker(
            model: server.model, history: server.checker, stored: stored, isDisturbed: nemesis != nil
        ).violation()
    }

    /// The study is complete and the storm is over, with time for zombies to
    /// say what they have to say; or a rule is broken.
    private func isOver() -> Bool {
        violation = violation ?? server.checker.violation ?? fleet.defect ?? stall()
        if violation != nil { return true }
        let isComplete = server.model.study(named: "simulated")?.state == .complete
        if isComplete, completion == nil { completion = world.now }
        // A stop was taken back.
        if !isComplete { completion = nil }
        guard let completion else { return false }
        // Long enough for what was held up, and for zombies.
        if nemesis?.isOver == false, world.now > completion + 30 * .perSecond { nemesis?.calm() }
        guard let end = nemesis == nil ? 0 : nemesis?.end else { return false }
        return world.now > max(completion, end) + 3 * .perSecond
    }

    /// I9: without faults somebody gets on within a lease and what it takes
    /// processes to notice.
    private func stall() -> String? {
        guard let stormEnd = nemesis == nil ? 0 : nemesis?.end, completion == nil else { return nil }
        let stalled = world.now - max(server.lastProgress, stormEnd)
        longestStall = max(longestStall, stalled)
        let options = simulation.options
        let limit = Ticks.seconds(2 * max(options.leaseSeconds, options.controlSeconds) + 15)
        return stalled > limit ? "no progress for \(stalled.inSeconds) s without any fault" : nil
    }
}

/// How attempts go.
final class Courses: @unchecked Sendable {
    // Unchecked: one thread runs the world and everything in it.
    private let simulation: Simulation
    private var chance: SeededGenerator
    weak var nemesis: Nemesis?
    private(set) var busySeconds = 0.0

    init(_ simulation: Simulation) {
        self.simulation = simulation
        chance = SeededGenerator(seed: simulation.seed, purpose: "courses")
    }

    func course(of request: EngineRequest) -> SimulatedTrainer.Course {
        let seconds = simulation.duration?(request) ?? seconds()
        let steps = SimulatedTraining.steps(seed: request.seed)
        let unit = "\(request.trial) \(request.rung) \(request.purpose) \(request.seed)"
        let crashes =
            SimulatedTraining.fate(of: request) == .crashes || nemesis?.crashesTrainer(at: unit) == true
        let crash = crashes ? chance.index(below: steps) : nil
        busySeconds += seconds * Double(crash ?? steps) / Double(steps)
        return SimulatedTrainer.Course(steps: steps, duration: .seconds(seconds), crash: crash)
    }

    /// Some last for several leases.
    private func seconds() -> Double {
        let lease = simulation.options.leaseSeconds
        if simulation.options.storm?.hasLoneWitness == true { return nemesis?.isOver == true ? 1 : 2 * lease }
        return min(3 * lease, max(0.1, 1.5 * exp(chance.normal())))
    }
}
