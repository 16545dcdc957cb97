import Experiments
import Metrics
import Storage

/// What a controller's metrics are: how far the studies are that are not
/// complete, and who works, as the store knows it when it is asked.
struct StudyMetrics: Sendable {
    let studies: PostgresStudyStore
    /// Nil for all.
    let study: String?

    func families() async -> [MetricFamily] {
        let build = MetricFamily(
            "peftsearch_build_info", .gauge, help: "This program.",
            [.init(1, labels: ["version": PEFTSearch.version])])
        let found = try? await read()
        let up = MetricFamily(
            "peftsearch_store_up", .gauge, help: "Whether the store answered.", [.init(found == nil ? 0 : 1)])
        return [build, up] + (found ?? [])
    }

    private func read() async throws -> [MetricFamily] {
        var trials: [MetricFamily.Sample] = []
        var pending: [MetricFamily.Sample] = []
        var paused: [MetricFamily.Sample] = []
        for stored in try await studies.studies()
        where study.map({ $0 == stored.study.name }) ?? (stored.state != .complete) {
            let progress = try await studies.progress(of: stored.id)
            let name = stored.study.name
            trials += TrialState.allCases.map {
                .init(Double(progress.trials[$0] ?? 0), labels: ["study": name, "state": $0.rawValue])
            }
            for (purpose, count) in [
                (WorkPurpose.test, progress.pendingTests), (.replicate, progress.pendingReplicates),
            ] {
                pending.append(.init(Double(count), labels: ["study": name, "purpose": purpose.rawValue]))
            }
            paused.append(.init(stored.isPaused ? 1 : 0, labels: ["study": name]))
        }
        let workers = try await studies.workers()
        let states = [KnownWorker.State.idle, .busy, .draining, .silent]
        return [
            MetricFamily(
                "peftsearch_study_trials", .gauge, help: "Trials by state; `ready` is the queue.", trials),
            MetricFamily(
                "peftsearch_study_pending", .gauge, help: "Tests and replicates that have not ended.", pending
            ),
            MetricFamily("peftsearch_study_paused", .gauge, help: "Whether a person paused it.", paused),
            MetricFamily(
                "peftsearch_workers", .gauge, help: "Workers that have not ended, by state.",
                states.map { state in
                    .init(Double(workers.count { $0.state == state }), labels: ["state": state.rawValue])
                }),
            MetricFamily(
                "peftsearch_worker_slots", .gauge, help: "Slots of workers that were heard of of late.",
                [
                    .init(
                        Double(workers.filter { $0.state != .silent }.reduce(0) { $0 + $1.description.slots })
                    )
                ]),
        ]
    }
}
