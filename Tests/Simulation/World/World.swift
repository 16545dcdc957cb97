import Experiments

/// Virtual time and the processes that live in it, all on the one thread that
/// runs it.
///
/// The processes are the product's own: real workers and controllers, whose
/// tasks run on executors that take one ready job after another in an order
/// drawn at random. So a seed gives one history, with every interleaving that
/// Swift's own executor might give among those that can come up.
final class World: @unchecked Sendable {
    // Unchecked: one thread runs the world and everything in it.
    private(set) var now: Ticks = 0
    private var events = EventQueue()
    private var order: SeededGenerator
    private(set) var processes: [SimulatedProcess] = []
    /// Jobs that ran.
    private(set) var jobs = 0

    init(seed: UInt64) {
        order = SeededGenerator(seed: seed, purpose: "order")
    }

    /// Lets `action` happen later.
    func after(_ delay: Ticks, _ action: @escaping () -> Void) {
        events.add(at: now + max(0, delay), order: order.next(), action)
    }

    func start(_ process: SimulatedProcess, _ body: @escaping @Sendable () async -> Void) {
        processes.append(process)
        process.start(body)
    }

    /// Runs until there is nothing left to happen or `isOver` says so.
    func run(until isOver: () -> Bool) {
        runJobs()
        while !isOver(), let next = events.next() {
            now = next.time
            next.action()
            runJobs()
        }
    }

    /// Processes share nothing but the store, which they reach by events, so
    /// only the order within one of them matters.
    private func runJobs() {
        var hasRun = true
        while hasRun {
            hasRun = false
            for process in processes {
                while let job = process.nextJob(&order) {
                    job.runSynchronously(on: process.asUnownedTaskExecutor())
                    hasRun = true
                    jobs += 1
                }
            }
        }
        processes.removeAll { $0.hasEnded && $0.isIdle }
    }

    /// Kills what still lives, so that no task is left waiting.
    func end() {
        for process in processes { process.kill() }
        runJobs()
    }
}
