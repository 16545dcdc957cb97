import Experiments
import Workers

/// A process of the product: its tasks, its clock and its line to the store.
///
/// It can be paused, as by SIGSTOP: then nothing of it runs, and what reaches
/// it waits. It can be killed: then what it had sent may still arrive, but
/// nothing that it does after that has any effect, and its tasks are let run
/// out.
final class SimulatedProcess: TaskExecutor, @unchecked Sendable {
    // Unchecked: one thread runs the world and everything in it.
    let name: String
    unowned let world: World
    let network: Network
    /// How far its clock is from the world's.
    let clockOffset: Ticks

    private(set) var isDead = false
    private(set) var isPaused = false
    private var isTerminated = false
    private(set) var hasEnded = false
    /// Whether its line to the store is cut.
    var isCutOff = false
    private var root: Task<Void, Never>?
    private var jobs: [UnownedJob] = []
    /// What reached it while it was paused.
    private var waiting: [() -> Void] = []
    private var sleepers: [Int: UnsafeContinuation<Void, any Error>] = [:]
    private var cancelled: Set<Int> = []
    private var calls: [Int: UnsafeContinuation<StoreAnswer?, Never>] = [:]
    private var keys = 0
    private var random: SeededGenerator
    /// Time as it passes for a dead process, which nothing keeps waiting.
    private var afterlife: Ticks = 0

    init(_ name: String, in world: World, network: Network, clockOffset: Ticks, seed: UInt64) {
        random = SeededGenerator(seed: seed, purpose: name)
        self.name = name
        self.world = world
        self.network = network
        self.clockOffset = clockOffset
    }

    func start(_ body: @escaping @Sendable () async -> Void) {
        root = Uncancelled.$executor.withValue(self) {
            Task(executorPreference: self) {
                await body()
                self.hasEnded = true
            }
        }
    }

    // MARK: Running

    func enqueue(_ job: consuming ExecutorJob) { jobs.append(UnownedJob(job)) }

    var isIdle: Bool { jobs.isEmpty }

    func nextJob(_ order: inout SeededGenerator) -> UnownedJob? {
        guard !jobs.isEmpty, !isPaused else { return nil }
        let place = jobs.count == 1 ? 0 : order.index(below: jobs.count)
        jobs.swapAt(place, jobs.count - 1)
        return jobs.removeLast()
    }

    /// SIGTERM: it may still say what it has to say.
    func terminate() {
        isTerminated = true
        deliver { [self] in root?.cancel() }
    }

    /// Whether another one is to take its place.
    var isLeaving: Bool { isTerminated || isDead || hasEnded }

    func kill() {
        guard !isDead else { return }
        isDead = true
        isPaused = false
        waiting = []
        root?.cancel()
        let (asleep, pending) = (sleepers.sorted { $0.key < $1.key }, calls.sorted { $0.key < $1.key })
        sleepers = [:]
        calls = [:]
        for (_, sleeper) in asleep { sleeper.resume(throwing: CancellationError()) }
        for (_, call) in pending { call.resume(returning: nil) }
    }

    func pause() { isPaused = !isDead }

    func resume() {
        guard isPaused else { return }
        isPaused = false
        let late = waiting
        waiting = []
        for action in late { action() }
    }

    /// Lets something from outside reach the process.
    private func deliver(_ action: @escaping () -> Void) {
        if isPaused { waiting.append(action) } else { action() }
    }

    /// Random bits of its own.
    func mark() -> UInt64 { random.next() }

    private func nextKey() -> Int {
        keys += 1
        return keys
    }

    // MARK: Time

    func time() -> Duration { (world.now + clockOffset + afterlife).duration }

    func sleep(for duration: Duration) async throws {
        let ticks = max(1, Ticks.covering(duration))
        if isDead {
            afterlife += ticks
            await Task.yield()
            return try Task.checkCancellation()
        }
        let key = nextKey()
        try await withTaskCancellationHandler {
            try await withUnsafeThrowingContinuation { (continuation: UnsafeContinuation<Void, any Error>) in
                if cancelled.remove(key) != nil {
                    return continuation.resume(throwing: CancellationError())
                }
                sleepers[key] = continuation
                world.after(ticks) { [self] in deliver { self.wake(key) } }
            }
        } onCancel: {
            if let sleeper = sleepers.removeValue(forKey: key) {
                sleeper.resume(throwing: CancellationError())
            } else {
                cancelled.insert(key)
            }
        }
    }

    private func wake(_ key: Int) { sleepers.removeValue(forKey: key)?.resume() }

    // MARK: Calls

    /// Sends a call and waits for the answer; nil when the connection broke.
    func send(_ call: StoreCall) async -> StoreAnswer? {
        guard !isDead else { return nil }
        return await withUnsafeContinuation { continuation in
            let key = nextKey()
            calls[key] = continuation
            network.carry(call, from: self) { [self] answer in
                deliver { self.calls.removeValue(forKey: key)?.resume(returning: answer) }
            }
        }
    }
}
