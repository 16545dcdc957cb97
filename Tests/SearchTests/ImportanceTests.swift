import Experiments
import Foundation
import Search
import Testing

struct ImportanceTests {
    /// 80 trials with a rank for one method of three alone. The same in Python
    /// gave Optuna 5.0.0 the recorded values.
    private static func study(objectives: [Objective]) -> (Study, [Trial]) {
        let parameters = [
            Parameter(name: "rate", domain: .real(lower: 1e-4, upper: 1e-1, scale: .log)),
            Parameter(name: "method", domain: .choice(["lora", "ia3", "prefix"])),
            Parameter(name: "dropout", domain: .real(lower: 0, upper: 0.5, scale: .linear)),
            Parameter(
                name: "rank", domain: .integer(lower: 1, upper: 8, scale: .linear),
                condition: .values(["method": ["lora"]])),
        ]
        let study = Examples.literal(parameters, objectives: objectives)
        let trials = (0..<80).map { number in
            let u = [2.0, 3, 5, 7].map { root in
                (Double(number + 1) * root.squareRoot()).truncatingRemainder(dividingBy: 1)
            }
            let method = Int(u[2] * 3)
            let rank = 1 + Int(u[1] * 8)
            var assignment: Assignment = [
                "rate": .number(1e-4 * pow(1000, u[0])), "dropout": .number(0.5 * u[3]),
                "method": ["lora", "ia3", "prefix"][method],
            ]
            var loss = (u[0] - 0.6) * (u[0] - 0.6) * 3 + [0, 0.3, 0.5][method] + 0.05 * u[3]
            if method == 0 {
                assignment["rank"] = .integer(rank)
                loss += 0.4 / Double(rank)
            }
            let cost = [Double(rank * 10), 5, 20][method] + u[0]
            return Trial(
                number: number, state: .done, seed: 0, assignment: assignment,
                configuration: .object(assignment),
                measurements: [
                    Measurement("cost", cost, .deterministic, method: "toy"),
                    Measurement("loss", loss, .deterministic, method: "toy"),
                ], span: VirtualSpan(start: number, finish: number + 1))
        }
        return (study, trials)
    }

    private static let loss = Objective(metric: "loss", direction: .minimize)
    private static let cost = Objective(metric: "cost", direction: .minimize)

    private static func shares(
        _ objectives: [Objective], objective: String? = nil, share: Double
    ) throws -> [String: Double] {
        let (study, trials) = study(objectives: objectives)
        let importance = try ParameterImportance(
            of: study, trials: trials, objective: objective, share: share, resamples: 0)
        return Dictionary(uniqueKeysWithValues: importance.entries.map { ($0.name, $0.share) })
    }

    @Test func `importances for one objective are Optuna's`() throws {
        let expected = [
            "rank": 0.36934835258168064, "rate": 0.29825806520031567, "method": 0.2528023252327066,
            "dropout": 0.07959125698529709,
        ]
        for objectives in [[Self.loss], [Self.cost, Self.loss]] {
            let shares = try Self.shares(objectives, objective: "loss", share: 0.15)
            for (name, value) in expected {
                #expect(abs((shares[name] ?? 0) - value) < 1e-9, "\(name)")
            }
        }
    }

    @Test func `importances for the front are Optuna's`() throws {
        let expected = [
            "rate": 0.6135647426251065, "method": 0.2104053275455479, "dropout": 0.16488290819263499,
            "rank": 0.011147021636710473,
        ]
        let shares = try Self.shares([Self.loss, Self.cost], share: 0.21875)
        for (name, value) in expected { #expect(abs((shares[name] ?? 0) - value) < 1e-9, "\(name)") }
    }

    @Test func `intervals hold the shares and do not depend on the run`() throws {
        let (study, trials) = Self.study(objectives: [Self.loss])
        let importance = try ParameterImportance(of: study, trials: trials)
        #expect(try ParameterImportance(of: study, trials: trials) == importance)
        #expect(importance.best == 8 && importance.trials == 80)
        #expect(abs(importance.entries.reduce(0) { $0 + $1.share } - 1) < 1e-12)
        for entry in importance.entries {
            let interval = try #require(entry.interval)
            #expect(interval.lowerBound < interval.upperBound && interval.upperBound <= 1)
        }
        #expect(importance.entries.map(\.share) == importance.entries.map(\.share).sorted(by: >))
        #expect(importance.entries.first { $0.name == "rank" }?.trials ?? 80 < 40)
    }

    @Test func `a native space is summed up by component`() throws {
        var simulation = StormSimulation(try Examples.native(trials: 150, strategy: "random"))
        try simulation.run()
        let importance = try ParameterImportance(
            of: simulation.study, trials: simulation.trials, objective: "accuracy", resamples: 20)
        let names = importance.entries.map(\.name)
        for name in ["lora", "lora.size", "lora.lowest_layer", "training.learning_rate", "unfreeze"] {
            #expect(names.contains(name), "\(name)")
        }
        #expect(!names.contains { $0.hasSuffix(".query") })
        // Accuracy rests on the learning rate and on how much trains.
        #expect(names.prefix(6).contains("training.learning_rate"), "\(names)")
    }

    @Test func `what cannot be answered is refused`() throws {
        let (study, trials) = Self.study(objectives: [Self.loss])
        #expect(throws: InputError.self) { try ParameterImportance(of: study, trials: [trials[0]]) }
        #expect(throws: InputError.self) {
            try ParameterImportance(of: study, trials: trials, objective: "los")
        }
        #expect(throws: InputError.self) { try ParameterImportance(of: study, trials: trials, share: 1) }
    }
}
