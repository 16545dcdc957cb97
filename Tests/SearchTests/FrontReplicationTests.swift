import Experiments
import Search
import Testing

struct FrontReplicationTests {
    private static func study(seeds: Int, constraints: [Constraint] = []) -> Study {
        var study = Examples.literal(
            [Parameter(name: "x", domain: .real(lower: 0, upper: 1, scale: .linear))],
            objectives: [
                Objective(
                    metric: "accuracy", direction: .maximize,
                    reference: Objective.Reference(worst: 0, best: 1, isLogarithmic: false)),
                Objective(
                    metric: "size", direction: .minimize,
                    reference: Objective.Reference(worst: 100, best: 0, isLogarithmic: false)),
            ])
        study.search.replicateFront = seeds
        study.constraints = constraints
        return study
    }

    private static func measured(_ accuracy: Double, _ size: Double) -> [Measurement] {
        [
            Measurement("accuracy", accuracy, .deterministic, method: "toy"),
            Measurement("size", size, .exact, method: "toy"),
        ]
    }

    /// - Parameter others: accuracies of the replicates; nil has diverged.
    private static func trial(
        _ number: Int, _ accuracy: Double, size: Double, others: [Double?] = [], parent: Int? = nil
    ) -> Trial {
        var trial = Trial(
            number: number, state: .done, seed: UInt64(number), parent: parent, assignment: [:],
            configuration: .object(["x": .integer(number)]), computeClass: "toy",
            span: VirtualSpan(start: number, finish: number + 1))
        trial.measurements = measured(accuracy, size)
        trial.replicates = others.enumerated().map { index, value in
            Replicate(
                number: index + 1, seed: 0, measurements: value.map { measured($0, size) } ?? [],
                computeClass: value.map { _ in "toy" },
                failure: value == nil ? TrialFailure(.diverged, "loss is not finite") : nil)
        }
        return trial
    }

    @Test func `without replicates the front is that of single seeds and nothing is asked for`() {
        let replication = FrontReplication(
            of: Self.study(seeds: 1), trials: [Self.trial(0, 0.9, size: 10, others: [0.1, 0.1])])
        #expect(replication.members == [0] && replication.missing.isEmpty)
        #expect(replication.replicated.isEmpty && replication.trials[0].value(of: "accuracy") == 0.9)
    }

    @Test func `members of the front alone are asked for, from seeds of their own`() {
        let study = Self.study(seeds: 3)
        let trials = [
            Self.trial(0, 0.9, size: 10), Self.trial(1, 0.8, size: 20),
            Self.trial(2, 0.95, size: 10, parent: 0), Self.trial(3, 0.99, size: 20),
        ]
        let missing = FrontReplication(of: study, trials: trials).missing
        // Trial 2 was derived, so trial 3 is the third proposal.
        #expect(missing.map(\.trial) == [3, 3] && missing.map(\.number) == [1, 2])
        #expect(missing.map(\.seed) == [1, 2].map { FrontReplication.seed(of: $0, ordinal: 2, in: study) })
        let seeds = Set(
            (0..<9).flatMap { trial in
                (1...9).map { FrontReplication.seed(of: $0, ordinal: trial, in: study) }
            })
        #expect(seeds.count == 81 && seeds.allSatisfy { $0 < 1 << 53 })
        #expect(seeds.isDisjoint(with: (0..<9).map { StudyPlan.seed(of: $0, in: study) }))
    }

    @Test func `a lucky seed drops out, and who enters is trained from as many seeds`() {
        let study = Self.study(seeds: 3)
        var trials = [
            Self.trial(0, 0.96, size: 10, others: [0.80, 0.79]), Self.trial(1, 0.91, size: 10),
            Self.trial(2, 0.7, size: 5, others: [0.7, 0.7]),
        ]
        let between = FrontReplication(of: study, trials: trials)
        #expect(between.members == [1, 2] && between.missing.map(\.trial) == [1, 1])
        trials[1] = Self.trial(1, 0.91, size: 10, others: [0.9, 0.89])
        let last = FrontReplication(of: study, trials: trials)
        #expect(last.members == [1, 2] && last.missing.isEmpty && last.replicated == [0, 1, 2])
        #expect(abs(last.trials[0].value(of: "accuracy")! - 0.85) < 1e-12)
        // Equal values have their value as mean, to the bit.
        #expect(last.trials[2].value(of: "accuracy") == 0.7 && last.trials[2].value(of: "size") == 5)
        #expect(Front.current(of: study, trials: trials).members.map(\.number) == [1, 2])
        #expect(Front.current(of: study, trials: trials).members[0].value(of: "accuracy") == 0.91)
    }

    @Test func `a lucky trial that had dropped out comes back if those after it are worse`() {
        let trials = [
            Self.trial(0, 0.96, size: 10, others: [0.84]), Self.trial(1, 0.91, size: 10, others: [0.7]),
        ]
        let replication = FrontReplication(of: Self.study(seeds: 2), trials: trials)
        #expect(replication.members == [0] && replication.replicated == [0, 1])
    }

    @Test func `after three rounds nobody enters any more`() {
        // Each is lucky, and hides the next.
        let all = (0..<5).map { Self.trial($0, 0.9 - 0.01 * Double($0), size: 10, others: [0.1]) }
        let replication = FrontReplication(of: Self.study(seeds: 2), trials: all)
        #expect(replication.replicated == [0, 1, 2] && replication.missing.isEmpty)
        #expect(replication.members == [0])
        // A derived one rests on its own value.
        let derived = Self.trial(5, 0.4, size: 3, parent: 4)
        #expect(FrontReplication(of: Self.study(seeds: 2), trials: all + [derived]).members == [0, 5])
    }

    @Test func `a replicate that failed has no value and asks for no other`() {
        let study = Self.study(seeds: 3)
        let trials = [Self.trial(0, 0.9, size: 10, others: [nil, 0.8]), Self.trial(1, 0.87, size: 10)]
        let replication = FrontReplication(of: study, trials: trials)
        #expect(replication.missing.map(\.trial) == [1, 1])
        #expect(abs(replication.trials[0].value(of: "accuracy")! - 0.85) < 1e-12)
        let alone = FrontReplication(of: study, trials: [Self.trial(0, 0.9, size: 10, others: [nil, nil])])
        #expect(alone.members.isEmpty && alone.missing.isEmpty && alone.replicated == [0])
    }

    @Test func `one of which every other seed failed makes room for the next`() {
        let trials = [
            Self.trial(0, 0.9, size: 10, others: [nil]), Self.trial(1, 0.8, size: 10, others: [0.7]),
        ]
        let replication = FrontReplication(of: Self.study(seeds: 2), trials: trials)
        #expect(replication.members == [1] && replication.replicated == [0, 1])
        let failing = (0..<5).map { Self.trial($0, 0.9 - 0.1 * Double($0), size: 10, others: [nil]) }
        #expect(FrontReplication(of: Self.study(seeds: 2), trials: failing).members.isEmpty)
    }

    @Test func `constraints hold of means`() {
        let study = Self.study(
            seeds: 2, constraints: [Constraint(metric: "accuracy", comparison: .atLeast, bound: 0.8)])
        let trials = [
            Self.trial(0, 0.85, size: 10, others: [0.7]), Self.trial(1, 0.82, size: 20, others: [0.8]),
        ]
        #expect(FrontReplication(of: study, trials: trials).members == [1])
    }

    @Test func `replicates that this budget did not ask for are not looked at`() {
        let trials = [
            Self.trial(0, 0.95, size: 10, others: [0.95]), Self.trial(1, 0.9, size: 10, others: [1]),
        ]
        let replication = FrontReplication(of: Self.study(seeds: 2), trials: trials)
        #expect(replication.replicated == [0] && replication.members == [0])
    }

    @Test func `intervals are Student's`() throws {
        let value = try #require(
            ReplicatedValue(of: "accuracy", in: Self.trial(0, 1, size: 1, others: [2, 3, 4, nil])))
        // R: t.test(1:4)$conf.int is 0.445739 to 4.554261.
        #expect(value.mean == 2.5 && value.count == 4)
        #expect(abs(value.halfWidth! - 2.054261) < 1e-6)
        #expect(ReplicatedValue(of: "accuracy", in: Self.trial(0, 1, size: 1))?.halfWidth == nil)
        #expect(ReplicatedValue(of: "size", in: Self.trial(0, 1, size: 7, others: [2]))?.halfWidth == 0)
        #expect(ReplicatedValue(of: "other", in: Self.trial(0, 1, size: 1)) == nil)
    }
}
