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
        var tally = TrialTally(of: study.study)
        let start = clock.now
        var isFirst = true
        while !Task.isCancelled {
            snapshot.elapsed = start.duration(to: clock.now)
            do {
                try await refresh(&snapshot, &tally)
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
        if (try? await refresh(&snapshot, &tally)) != nil { display.show(snapshot, announcing: true) }
        display.end()
    }

    private func refresh(_ snapshot: inout ProgressSnapshot, _ tally: inout TrialTally) async throws {
        let progress = try await store.studies.progress(of: study.id)
        let hasNews =
            progress.trials != snapshot.counts || progress.derived != snapshot.derived
            || progress.pendingReplicates != snapshot.pendingReplicates
        snapshot.pendingReplicates = progress.pendingReplicates
        snapshot.derived = progress.derived
        snapshot.counts = progress.trials
        snapshot.isPaused = progress.isPaused
        snapshot.pendingTests = progress.pendingTests
        snapshot.running = try await store.studies.running(in: study.id)
        if study.study.search.limits.areMeasured {
            snapshot.spending = try await store.studies.spending(of: study.id)
        }
        snapshot.rested = []
        guard hasNews else { return }
        try await tally.refresh(study.id, in: store.studies)
        snapshot.rested = tally.rested
        snapshot.promotions = tally.promotions
        snapshot.trainings = tally.trainings
        let front = try await store.front(of: study).front
        snapshot.frontSize = front.members.count
        snapshot.best = Picks.best(of: front.members, objectives: study.study.objectives)
        snapshot.hypervolume = front.hypervolume
    }
}
