import Experiments
import Storage
import TestSupport
import Testing

/// The views in the shapes of Optuna's tables, for what Optuna itself cannot
/// be asked: `make check-optuna` reads them with the real one.
@Suite(.needsPostgres)
struct OptunaViewsTests {
    private static let study = {
        var study = Study.sample()
        study.objectives.append(Objective(metric: "cost", direction: .minimize))
        study.constraints = [
            Constraint(metric: "cost", comparison: .atMost, bound: 3), Constraint(exportableAs: .peft),
        ]
        study.space.parameters = [
            Parameter(name: "rank", domain: .integer(lower: 1, upper: 64, scale: .log2)),
            Parameter(name: "rate", domain: .real(lower: 0.001, upper: 0.1, scale: .log)),
            Parameter(name: "method", domain: .choice(["lora", .bool(false), .bool(true), .number(0.5)])),
            Parameter(name: "width", domain: .levels([0, 8, 16])),
        ]
        return study
    }()

    private static func proposal(_ number: Int, _ assignment: Assignment) -> ProposedTrial {
        var trial = ProposedTrial.sample(number)
        trial.assignment = assignment
        return trial
    }

    @Test func `parameters, values, steps and broken constraints are Optuna's`() async throws {
        try await TestDatabase.withSchema { client in
            let store = PostgresStudyStore(client)
            let study = try await store.create(Self.study)
            let epoch = try #require(try await store.control(study.id, epoch: nil, seconds: 60))
            try await store.propose(
                [
                    Self.proposal(0, ["rank": 4, "rate": 0.01, "method": .number(0.5), "width": 16]),
                    Self.proposal(1, ["method": .bool(false)]), Self.proposal(2, [:]),
                ],
                to: study.id, epoch: epoch)
            let queue = PostgresTrialQueue(client)
            let worker = try await queue.register(
                WorkerDescription(host: "node1", processIdentifier: 1, slots: 1))
            let first = try #require(try await queue.claim(worker: worker, study: nil, leaseSeconds: 60))
            try await queue.renew(
                first.token, leaseSeconds: 60,
                reports: [
                    Report(step: 1, metrics: ["loss": 2, "a": 1]),
                    Report(step: 5, metrics: ["accuracy": 0.25]),
                    Report(step: 9, metrics: ["b": 4, "a": 3]),
                ])
            try await queue.finish(
                first.token,
                with: TrialResult(
                    measurements: [
                        Measurement("accuracy", 0.5, .deterministic, method: "test"),
                        Measurement("cost", 5, .exact, method: "test"),
                    ],
                    computeClass: "test"))
            let second = try #require(try await queue.claim(worker: worker, study: nil, leaseSeconds: 60))
            try await queue.fail(
                second.token, because: TrialFailure(.diverged, "loss was NaN"))
            _ = try #require(try await queue.claim(worker: worker, study: nil, leaseSeconds: 60))
            try await store.append(
                [FrontVersion(version: 1, members: [0], hypervolume: 0.5, cause: 0)], to: study.id,
                epoch: epoch)

            func lines(_ columns: String, _ view: String) async throws -> [String] {
                let rows = try await client.query(
                    Statement(
                        "lines",
                        "SELECT concat_ws(' ', \(columns)) AS line FROM \(client.schema)_optuna.\(view) ORDER BY 1"
                    ))
                return try rows.map { try $0.text("line") }
            }
            #expect(
                try await lines("number, state, trial_id % 2147483648", "trials") == [
                    "0 COMPLETE 0", "1 FAIL 1", "2 RUNNING 2",
                ])
            #expect(
                try await lines("trial_id % 2147483648, param_name, param_value", "trial_params") == [
                    "0 method 3", "0 rank 4", "0 rate 0.01", "0 width 2", "1 method 1",
                ])
            #expect(
                try await lines("objective, direction", "study_directions") == ["0 MAXIMIZE", "1 MINIMIZE"])
            #expect(
                try await lines("trial_id % 2147483648, objective, value", "trial_values") == [
                    "0 0 0.5", "0 1 5",
                ])
            #expect(
                try await lines("step, intermediate_value", "trial_intermediate_values") == [
                    "1 2", "5 0.25", "9 3",
                ])
            #expect(
                try await lines("trial_id % 2147483648, key, value_json", "trial_system_attributes") == [
                    "0 constraints [2, 1e+308]"
                ])
            let notes = try await lines("value_json", "study_system_attributes")
            #expect(notes.contains { $0.contains("peftsearch export sample 0") })
            #expect(notes.contains { $0.contains("loss was NaN") })
            #expect(try await lines("trial_id % 2147483648", "trial_heartbeats") == ["2"])

            // The owner may write tables, and not through these views.
            for view in ["studies", "trials", "trial_values", "trial_intermediate_values"] {
                await #expect(throws: StoreError.self, "\(view)") {
                    try await client.query(
                        Statement("delete", "DELETE FROM \(client.schema)_optuna.\(view)"))
                }
            }
            #expect(try await store.trials(of: study.id).count == 3)
        }
    }

    @Test func `keys differ, within a view and between studies`() async throws {
        try await TestDatabase.withSchema { client in
            let store = PostgresStudyStore(client)
            for name in ["one", "two"] {
                var study = Self.study
                study.name = name
                let stored = try await store.create(study)
                let epoch = try #require(try await store.control(stored.id, epoch: nil, seconds: 60))
                try await store.propose(
                    (0..<3).map { Self.proposal($0, ["rank": .integer($0 + 1), "width": 8]) }, to: stored.id,
                    epoch: epoch)
            }
            let keys = [
                "studies": "study_id", "study_directions": "study_direction_id",
                "study_user_attributes": "study_user_attribute_id",
                "study_system_attributes": "study_system_attribute_id", "trials": "trial_id",
                "trial_params": "param_id", "trial_user_attributes": "trial_user_attribute_id",
            ]
            for (view, key) in keys {
                let rows = try await client.query(
                    Statement(
                        "keys",
                        "SELECT count(*) AS rows, count(DISTINCT \(key)) AS keys FROM \(client.schema)_optuna.\(view)"
                    ))
                let row = try #require(rows.first)
                #expect(try row.integer("rows") > 0, "\(view)")
                #expect(try row.integer("rows") == row.integer("keys"), "\(view)")
            }
        }
    }
}
