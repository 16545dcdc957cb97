import Experiments
import Search
import Testing

/// What a search takes from the kind of its task.
struct TaskKindTests {
    private static func study(
        _ kind: TaskDefinition.Kind, _ metric: String, _ direction: Objective.Direction = .maximize
    ) throws -> Study {
        var study = try Examples.native(objectives: [Objective(metric: metric, direction: direction)])
        study.task?.kind = kind
        study.space = try HybridSpace.preset(
            name: "hybrid", shape: Examples.miniLM, overrides: HybridSpace.overrides([:], for: kind))
        if kind == .regression {
            study.data?.labels = []
            study.data?.majorityShare = 0
        }
        return study
    }

    @Test func `quality counts from what a constant predictor reaches to 1`() throws {
        let worst: [(TaskDefinition.Kind, String, Double)] = [
            (.classification, "accuracy", 0.55), (.classification, "macro_f1", 0.55 / 1.55),
            (.classification, "mcc", 0), (.regression, "pearson", 0), (.regression, "spearman", 0),
            (.tokenClassification, "span_f1", 0), (.tokenClassification, "span_recall", 0),
            (.tokenClassification, "token_accuracy", 0.55),
        ]
        for (kind, metric, value) in worst {
            let found = HypervolumeRule(for: try Self.study(kind, metric)).references(from: [])
            let reference = try #require(found?.first, "\(metric)")
            #expect(abs(reference.worst - value) < 1e-12 && reference.best == 1 && !reference.isLogarithmic)
        }
        let turned = HypervolumeRule(for: try Self.study(.classification, "mcc", .minimize))
        #expect(turned.references(from: []) == [.init(worst: 1, best: 0, isLogarithmic: false)])
        for metric in ["loss", "mse", "mae"] {
            #expect(
                HypervolumeRule(for: try Self.study(.regression, metric, .minimize)).references(from: [])
                    == nil)
        }
    }

    @Test func `counts of a token classifier run between heads without a pooler`() throws {
        let rule = HypervolumeRule(
            for: try Self.study(.tokenClassification, "trainable_parameters", .minimize))
        let reference = try #require(rule.references(from: [])?.first)
        #expect(reference.best == 770 && reference.worst == 22_713_216 - 384 * 384 - 384 + 770)
    }

    @Test func `a token classifier has no pooler, whatever proposes it`() throws {
        let study = try Self.study(.tokenClassification, "span_f1")
        let baselines = Baselines(for: study.space, shape: Examples.miniLM).all
        #expect(baselines.allSatisfy { $0.configuration.head.pooler == .absent })
        #expect(baselines.map(\.configuration.components).count == 6)
        for baseline in baselines { try baseline.configuration.check(for: .tokenClassification) }
        let forecast = try StudyForecast(of: study)
        #expect(!forecast.drawn.isEmpty)
        #expect(forecast.drawn.allSatisfy { $0.configuration.head.pooler == .absent })
        let wrong = try #require(throws: InputError.self) {
            try HybridSpace.overrides(
                ["head.pooler": .choice(["absent", "trained"])], for: .tokenClassification)
        }
        #expect(wrong.key == "head.pooler")
        let other: [String: ParameterDomain] = ["head.pooler": .choice(["frozen"])]
        #expect(try HybridSpace.overrides(other, for: .regression) == other)
        #expect(throws: InputError.self) { try Configuration().check(for: .tokenClassification) }
    }

    /// d = 384, f = 1536, 6 blocks; mean length 20, mean square 500.
    @Test func `costs of a token classifier count every row`() throws {
        let costs = Costs(shape: Examples.miniLM, data: Examples.facts, task: .tokenClassification)
        let head = HeadSettings(pooler: .absent)
        let block = 2 * (4 * 384 * 384 + 2 * 384 * 1536) * 20 + 4 * 384 * 500
        let classifier = 2 * 384 * 2 * 20
        #expect(
            costs.forwardFLOPsPerExample(of: Configuration(head: head)) == Double(6 * block + classifier))
        #expect(costs.trainingFLOPsPerExample(of: Configuration(head: head)) == Double(2 * classifier))
        #expect(costs.trainableParameters(of: Configuration(head: head)) == 770)
        // Above all blocks a row a token, of the training and the validation split.
        #expect(costs.statesBytes(below: 6) == Double(4 * 384 * (20_000 + 4000)))
        let first = Costs(shape: Examples.miniLM, data: Examples.facts)
        let query = Configuration(
            components: [.lora(LoRA(ranks: [Site(layer: 5, projection: .query): 8]))], head: head)
        for numerics in [Numerics.bf16, .float32] {
            #expect(
                costs.trialBytes(of: query, numerics: numerics)
                    >= first.trialBytes(of: query, numerics: numerics))
            #expect(
                costs.work(of: query, numerics: numerics).training
                    > first.work(of: query, numerics: numerics).training)
        }
    }

    @Test func `a regression has one output`() throws {
        var facts = Examples.facts
        facts.labels = []
        let costs = Costs(shape: Examples.miniLM, data: facts, task: .regression)
        #expect(costs.trainableParameters(of: Configuration(head: HeadSettings(pooler: .absent))) == 385)
    }
}
