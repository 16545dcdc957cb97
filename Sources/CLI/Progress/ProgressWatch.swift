import Experiments
import Foundation
import Search
import Storage

/// Looks at a study once a second and shows what is new, on standard error.
struct ProgressWatch {
    let store: OpenStore
    let study: StoredStudy
    let terminal: Terminal
    private let clock = ContinuousClock()

    init(_ store: OpenStore, _ study: StoredStudy, terminal: Terminal) {
        self.store = store
        self.study = study
        self.terminal = terminal
    }

    /// Runs until the task is cancelled, then shows the last state once more.
    func run() async {
        var display = ProgressDisplay(terminal)
        var snapshot = ProgressSnapshot(study: study.study, state: study.state)
        let start = clock.now
        var isFirst = true
        while !Task.isCancelled {
            snapshot.elapsed = start.duration(to: clock.now)
            do {
                try await refresh(&snapshot)
                if isFirst { snapshot.restingBefore = snapshot.restingCount }
                display.show(snapshot, announcing: !isFirst)
                isFirst = false
            } catch StoreError.unreachable(let reason) {
                display.note("the database does not answer (\(reason)); trying again")
                // The private PostgreSQL is ours to start again.
                if let embedded = store.embedded { _ = try? await embedded.start() }
            } catch {
                display.note("\(error)")
            }
            try? await clock.sleep(for: .seconds(1))
        }
        if (try? await refresh(&snapshot)) != nil { display.show(snapshot, announcing: true) }
        display.end()
    }

    private func refresh(_ snapshot: inout ProgressSnapshot) async throws {
        let progress = try await store.studies.progress(of: study.id)
        let hasNews =
            progress.trials != snapshot.counts || progress.derived != snapshot.derived
            || progress.pendingReplicates != snapshot.pendingReplicates
        snapshot.pendingReplicates = progress.pendingReplicates
        snapshot.derived = progress.derived
        snapshot.counts = progress.trials
        snapshot.pendingTests = progress.pendingTests
        snapshot.running = try await store.studies.running(in: study.id)
        if study.study.search.limits.areMeasured {
            snapshot.spending = try await store.studies.spending(of: study.id)
        }
        guard hasNews else { return }
        let trials = try await store.studies.trials(of: study.id)
        snapshot.resting = trials.filter { $0.state.isFinal || $0.state == .paused }
        snapshot.promotions = trials.reduce(0) { $0 + $1.rungs.count - 1 }
        snapshot.trainings = Fidelities(of: study.study).cost(of: trials)
        let front = Front.current(of: study.study, trials: trials)
        snapshot.frontSize = front.members.count
        snapshot.hypervolume = front.hypervolume
    }
}
