public import Experiments

/// Drives one study to its end: proposes what its plan decides, keeps the
/// front, frees what dead workers held, and has the test split measured.
///
/// Any number may run for one study; the store's lease lets one of them
/// decide, and its epoch fences the others' writes. One that is killed leaves
/// nothing behind: the next one makes the plan anew from the stored rows.
public struct StudyController: Sendable {
    /// How often it looks, and how long it holds on.
    public struct Timing: Sendable, Hashable {
        /// The longest pause between two looks at the study's progress.
        public var poll: Duration
        /// Of the controller's lease; renewed at a third.
        public var leaseSeconds: Double
        /// Between two searches for leases of workers that have run out.
        public var expiry: Duration
        /// The longest pause while the store cannot be reached.
        public var longestRetry: Duration

        /// The defaults suit a database on the same network.
        public init(
            poll: Duration = .milliseconds(100), leaseSeconds: Double = 30, expiry: Duration = .seconds(1),
            longestRetry: Duration = .seconds(5)
        ) {
            self.poll = poll
            self.leaseSeconds = leaseSeconds
            self.expiry = expiry
            self.longestRetry = longestRetry
        }
    }

    let store: any StudyStore
    let clock: any Clock<Duration>
    let timing: Timing
    let hasRoom: @Sendable () -> Bool
    let notePause: @Sendable (_ isPaused: Bool) -> Void

    /// A controller of studies in a store.
    /// - Parameters:
    ///   - clock: for pauses and the lease; never for decisions.
    ///   - hasRoom: whether what is decided could be carried out; while not,
    ///     decisions wait, which changes none of them.
    ///   - notePause: told when the study was found paused, or no longer; so long
    ///     decisions wait too.
    public init(
        store: any StudyStore, clock: any Clock<Duration> = ContinuousClock(), timing: Timing = Timing(),
        hasRoom: @escaping @Sendable () -> Bool = { true },
        notePause: @escaping @Sendable (_ isPaused: Bool) -> Void = { _ in }
    ) {
        self.notePause = notePause
        self.hasRoom = hasRoom
        self.store = store
        self.clock = clock
        self.timing = timing
    }

    /// Returns when the study is complete.
    ///
    /// A store that cannot be reached is tried again for as long as it takes;
    /// a controller that was fenced waits until it may decide again.
    /// - Throws: `CancellationError` when the task is cancelled, an
    ///   `InputError` for a study that is not stored or cannot be continued,
    ///   `StoreError.studyDeleted` for one that was deleted meanwhile, and
    ///   what else the store throws.
    public func run(_ name: String) async throws {
        var session = ControllerSession(name, self)
        var pause = timing.poll
        while true {
            do {
                switch try await session.look() {
                case .complete: return
                // Short trials come in bursts: look again soon, then ever later.
                case .active: pause = timing.poll / 32
                case .moving: pause = min(max(pause, timing.poll / 32), timing.poll / 8)
                case .idle: pause = min(pause * 2, timing.poll)
                }
            } catch StoreError.unreachable {
                session.loseContact()
                pause = min(max(pause, timing.poll) * 2, timing.longestRetry)
            } catch StoreError.fenced {
                session.loseControl()
                // Who thinks for longer than the lease lasts is fenced by the one that
                // takes over, which thinks for as long: leave it the time to finish.
                pause = max(timing.poll, session.thinking * 2)
            }
            try await clock.sleep(for: pause)
        }
    }

    /// The time since now, by the controller's clock.
    func stopwatch() -> @Sendable () -> Duration {
        func start<C: Clock<Duration>>(_ clock: C) -> @Sendable () -> Duration {
            let start = clock.now
            return { start.duration(to: clock.now) }
        }
        return start(clock)
    }
}
