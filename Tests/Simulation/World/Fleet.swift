import Experiments
import Foundation
import Search
import Workers

/// The processes of one study: workers and controllers as the product has
/// them, started, ended and replaced.
final class Fleet: @unchecked Sendable {
    // Unchecked: one thread runs the world and everything in it.
    unowned let world: World
    let network: Network
    let server: SimulatedServer
    private let options: SimulationOptions
    private let dataFolder: String
    private var chance: SeededGenerator
    private(set) var workers: [SimulatedProcess] = []
    private(set) var controllers: [SimulatedProcess] = []
    /// By process: who it is in the store.
    private let identities = Identities()
    private var started = 0
    /// What ended a controller that should have gone on.
    private(set) var defect: String?
    private let course: @Sendable (EngineRequest) -> SimulatedTrainer.Course

    /// Workers tell their names from tasks, all on the world's thread.
    private final class Identities: @unchecked Sendable {
        // Unchecked: one thread runs the world and everything in it.
        var names: [String: WorkerID] = [:]
    }

    init(
        _ world: World, _ network: Network, _ server: SimulatedServer, options: SimulationOptions,
        dataFolder: String, seed: UInt64,
        course: @escaping @Sendable (EngineRequest) -> SimulatedTrainer.Course
    ) {
        self.world = world
        self.network = network
        self.server = server
        self.options = options
        self.dataFolder = dataFolder
        self.course = course
        chance = SeededGenerator(seed: seed, purpose: "fleet")
    }

    /// Starts what is missing, now and again and again.
    func supervise() {
        fill()
        world.after(1 + chance.index(below: 4 * .perSecond)) { [self] in supervise() }
    }

    /// Starts what is missing: workers for all slots, and one controller.
    func fill() {
        workers.removeAll(where: \.isLeaving)
        controllers.removeAll(where: \.isLeaving)
        let wanted = (options.slots + options.slotsPerWorker - 1) / options.slotsPerWorker
        while workers.count < wanted { startWorker() }
        if controllers.isEmpty { startController() }
    }

    func identity(of process: SimulatedProcess) -> WorkerID? { identities.names[process.name] }

    private func process(_ kind: String) -> SimulatedProcess {
        started += 1
        let offset = options.clockError * (2 * chance.uniform() - 1)
        return SimulatedProcess(
            "\(kind) \(started)", in: world, network: network, clockOffset: .seconds(offset),
            seed: chance.next())
    }

    private func startWorker() {
        let process = process("worker")
        workers.append(process)
        var settings = WorkerSettings(
            slots: min(options.slotsPerWorker, options.slots), dataFolder: dataFolder,
            nativeVersion: SimulatedStudies.nativeVersion, leaseSeconds: options.leaseSeconds,
            pollingSeconds: 0.25...1.5, seed: chance.next(), environment: [:])
        settings.study = nil
        let worker = Worker(
            queue: SimulatedQueue(client: SimulatedClient(process: process)), settings: settings,
            clock: WorkerClock(process: process),
            observe: { [identities] event in
                if case .registered(let identifier) = event { identities.names[process.name] = identifier }
            },
            mark: { UUID(process.mark()) },
            trainer: { [course] _ in SimulatedTrainer(process: process, course: course) })
        world.start(process) { try? await worker.run() }
    }

    func startController() {
        let process = process("controller")
        controllers.append(process)
        let controller = StudyController(
            store: SimulatedStudyStore(client: SimulatedClient(process: process)),
            clock: ControllerClock(process: process),
            timing: StudyController.Timing(
                poll: .seconds(options.pollSeconds), leaseSeconds: options.controlSeconds))
        world.start(process) { [unowned self] in
            do {
                try await controller.run("simulated")
            } catch is CancellationError {
                return
            } catch {
                note(error, of: process)
            }
        }
    }

    private func note(_ error: any Error, of process: SimulatedProcess) {
        if !process.isDead, defect == nil { defect = "\(process.name) ended: \(error)" }
    }
}
