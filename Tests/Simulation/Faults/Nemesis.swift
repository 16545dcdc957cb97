import Experiments
import TestSupport

import func Foundation.log

/// Strikes at processes and at the store while a storm lasts, and makes all
/// good when it is over.
///
/// It keeps within what the limits of the queue promise to bear: a unit of work
/// that was lost or has crashed often is left alone, for no trial fails that is
/// not itself at fault.
final class Nemesis: @unchecked Sendable {
    // Unchecked: one thread runs the world and everything in it.
    unowned let world: World
    private let fleet: Fleet
    private let storm: SimulationOptions.Storm
    private let leaseSeconds: Double
    private var chance: SeededGenerator
    private var crashes: [String: Int] = [:]
    private(set) var counts = FaultCounts()
    /// When the storm was over.
    private(set) var end: Ticks?
    private let holdSeconds: Double

    init(_ fleet: Fleet, _ options: SimulationOptions, _ storm: SimulationOptions.Storm, seed: UInt64) {
        world = fleet.world
        self.fleet = fleet
        self.storm = storm
        leaseSeconds = options.leaseSeconds
        holdSeconds = max(options.leaseSeconds, options.controlSeconds)
        chance = SeededGenerator(seed: seed, purpose: "nemesis")
    }

    func begin() {
        fleet.network.trouble = Network.Trouble(
            lost: storm.lostCalls, unanswered: storm.lostCalls, late: storm.lostCalls / 2,
            slow: storm.slowCalls)
        fleet.network.holdUp = { [unowned self] call, process in holdUp(call, of: process) }
        world.after(.seconds(storm.seconds)) { [self] in calm() }
        prepare()
        guard storm.stop != .never else { return }
        world.after(.seconds(1 + 20 * chance.uniform())) { [self] in stopStudy() }
    }

    private func prepare() {
        let mean = storm.hasLoneWitness ? 14 : storm.interval
        world.after(.seconds(-mean * log(1 - chance.uniform()))) { [self] in
            guard !isOver else { return }
            storm.hasLoneWitness ? pause(.workerPause, fleet.workers) : strike()
            prepare()
        }
    }

    var isOver: Bool { end != nil }

    /// Makes all good again.
    func calm() {
        guard !isOver else { return }
        end = world.now
        fleet.network.trouble = .none
        for process in world.processes {
            process.isCutOff = false
            process.resume()
        }
        if !fleet.server.isUp { fleet.server.start() }
        if let study, study.isPaused || (storm.stop == .takenBack && study.cut?.reason.isByHand == true) {
            fleet.server.answer(to: .resume(study.id))
        }
        fleet.fill()
    }

    // MARK: People

    private var study: StoredStudy? { fleet.server.model.study(named: "simulated") }

    private func drainWorker() {
        guard fleet.server.isUp, let victim = victim(among: fleet.workers),
            let worker = fleet.identity(of: victim)
        else { return }
        counts.add(.workerDrain)
        fleet.server.answer(to: .drain(worker))
    }

    private func pauseStudy() {
        guard fleet.server.isUp, let study, study.state != .complete, !study.isPaused else { return }
        counts.add(.studyPause)
        fleet.server.answer(to: .pause(study.id))
        world.after(.seconds(leaseSeconds * 2 * chance.uniform())) { [self] in
            // Who paused it does not take back a stop.
            guard fleet.server.isUp, let study = self.study, study.isPaused, study.cut == nil else { return }
            fleet.server.answer(to: .resume(study.id))
        }
    }

    private func stopStudy() {
        guard !isOver, let study, study.state == .running else { return }
        guard fleet.server.isUp, !fleet.server.model.trials(of: study.id).isEmpty else {
            return world.after(.perSecond) { [self] in stopStudy() }
        }
        let isAtOnce = storm.stop == .atOnce || (storm.stop == .takenBack && chance.uniform() < 0.7)
        counts.add(isAtOnce ? .studyCancellation : .studyStop)
        fleet.server.answer(to: .stopStudy(study.id, now: isAtOnce))
        guard storm.stop == .takenBack else { return }
        world.after(.seconds(leaseSeconds * 2 * chance.uniform())) { [self] in
            guard !isOver, fleet.server.isUp, let study = self.study else { return }
            counts.add(.studyResumption)
            fleet.server.answer(to: .resume(study.id))
        }
    }

    private func strike() {
        switch chance.index(below: 22) {
        case 0...3: kill(.workerKill, fleet.workers)
        case 4: terminate()
        case 5...8: pause(.workerPause, fleet.workers)
        case 9, 10: cut(.workerCut, fleet.workers)
        case 11, 12: kill(.controllerKill, fleet.controllers)
        case 13, 14: pause(.controllerPause, fleet.controllers)
        case 15: cut(.controllerCut, fleet.controllers)
        case 16, 17: addController()
        case 18: pauseStudy()
        case 19: drainWorker()
        default: stopStore()
        }
    }

    private func victim(among processes: [SimulatedProcess]) -> SimulatedProcess? {
        let able = processes.filter { !$0.isPaused && !$0.isLeaving && mayLose($0) }
        return able.isEmpty ? nil : able[chance.index(below: able.count)]
    }

    private func mayLose(_ process: SimulatedProcess) -> Bool {
        guard !storm.hasLoneWitness, let worker = fleet.identity(of: process) else { return true }
        return fleet.server.model.mostLosses(heldBy: worker) < 5
    }

    private func kill(_ kind: FaultCounts.Kind, _ processes: [SimulatedProcess]) {
        guard let victim = victim(among: processes) else { return }
        counts.add(kind)
        victim.kill()
    }

    private func terminate() {
        guard let victim = victim(among: fleet.workers) else { return }
        counts.add(.workerTermination)
        victim.terminate()
    }

    /// In the middle of whatever it does, and often beyond its lease.
    private func pause(_ kind: FaultCounts.Kind, _ processes: [SimulatedProcess]) {
        guard let victim = victim(among: processes) else { return }
        counts.add(kind)
        victim.pause()
        let factor = storm.hasLoneWitness ? 2 : 0.3 + 2 * chance.uniform()
        world.after(.seconds(leaseSeconds * factor)) { victim.resume() }
    }

    private func cut(_ kind: FaultCounts.Kind, _ processes: [SimulatedProcess]) {
        guard let victim = victim(among: processes) else { return }
        counts.add(kind)
        victim.isCutOff = true
        world.after(.seconds(leaseSeconds * 2 * chance.uniform())) { victim.isCutOff = false }
    }

    /// Whether a process is stopped as it sends a write, which then arrives when
    /// the lease behind it has run out; the rare writes most often.
    /// - Returns: how long the write is under way.
    private func holdUp(_ call: StoreCall, of process: SimulatedProcess) -> Ticks? {
        let likelihood: Double
        switch call {
        case _ where call.epoch != nil && call.isRare: likelihood = 0.4
        case .derive, .append, .fail, .giveBack: likelihood = 0.08
        case .finish, .finishAndClaim, .promote, .propose: likelihood = 0.03
        case .renew: likelihood = 0.005
        default: return nil
        }
        guard !isOver, !storm.hasLoneWitness, chance.uniform() < likelihood, mayLose(process) else {
            return nil
        }
        counts.add(.heldWrite)
        process.pause()
        let length = Ticks.seconds(holdSeconds * (1.05 + chance.uniform()))
        world.after(length + chance.index(below: .perSecond)) { process.resume() }
        if call.epoch != nil { addController() }
        return length
    }

    private func addController() {
        guard fleet.controllers.count < 3 else { return }
        counts.add(.secondController)
        fleet.startController()
    }

    private func stopStore() {
        guard fleet.server.isUp, fleet.server.model.mostLosses(heldBy: nil) < 5 else { return }
        counts.add(.storeOutage)
        fleet.server.stop()
        world.after(.seconds(leaseSeconds * 1.3 * chance.uniform())) { [self] in
            if !fleet.server.isUp { fleet.server.start() }
        }
    }

    /// Whether a trainer that is not poison crashes: at most twice for a unit.
    func crashesTrainer(at unit: String) -> Bool {
        guard !isOver, chance.uniform() < storm.trainerCrashes, crashes[unit, default: 0] < 2 else {
            return false
        }
        crashes[unit, default: 0] += 1
        counts.add(.trainerCrash)
        return true
    }
}
