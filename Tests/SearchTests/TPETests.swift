import Experiments
import Search
import Testing

struct TPETests {
    /// Medians over seeds.
    private static func hypervolume(_ study: (UInt64) throws -> Study) throws -> Double {
        let volumes = try (UInt64(1)...9).map { seed in
            let study = try study(seed)
            var simulation = StormSimulation(study, failing: [])
            try simulation.run()
            return try #require(Front.current(of: study, trials: simulation.trials).hypervolume)
        }
        return volumes.sorted()[4]
    }

    @Test func `tpe beats random search and NSGA-II on ZDT1 within 100 trials`() throws {
        func median(_ strategy: String) throws -> Double {
            try Self.hypervolume { Examples.zdt1(seed: $0, trials: 100, parallelism: 1, strategy: strategy) }
        }
        let (tpe, nsga2, random) = (try median("tpe"), try median("nsga2"), try median("random"))
        #expect(tpe > nsga2 && nsga2 > random)
    }

    @Test func `tpe beats random search on a native space within 100 trials and is level with NSGA-II`()
        throws
    {
        func median(_ strategy: String) throws -> Double {
            try Self.hypervolume { try Examples.native(seed: $0, trials: 100, strategy: strategy) }
        }
        let (tpe, nsga2, random) = (try median("tpe"), try median("nsga2"), try median("random"))
        #expect(tpe > 0.99 * nsga2 && tpe > random)
    }

    private static let space = SearchSpace(
        meaning: .literal,
        parameters: [
            Parameter(name: "method", domain: .choice(["a", "b", "c", "d"])),
            Parameter(name: "x", domain: .real(lower: 0, upper: 1, scale: .linear)),
            Parameter(
                name: "rank", domain: .integer(lower: 1, upper: 64, scale: .log2),
                condition: .values(["method": ["b"]])),
        ])

    private static func trial(
        _ number: Int, _ method: String, _ x: Double, losses: [Double]?, violation: Double = 0,
        fidelity: Double = 1, earlier: [VisibleTrial.RungLosses] = []
    ) -> VisibleTrial {
        var assignment: Assignment = ["method": .string(method), "x": .number(x)]
        if method == "b" { assignment["rank"] = 8 }
        return VisibleTrial(
            number: number, assignment: assignment, losses: losses, violation: violation, fidelity: fidelity,
            earlier: earlier)
    }

    private static func proposals(_ visible: [VisibleTrial], pending: [Assignment] = []) throws
        -> [Assignment]
    {
        try (100..<160).map { number in
            let context = ProposalContext(
                seed: 5, number: number, space: space,
                objectives: [Objective(metric: "f", direction: .minimize)], visible: visible,
                pending: pending)
            return try #require(try TPEStrategy().propose(context)).assignment
        }
    }

    private static let methods = ["a", "b", "c", "d"]

    @Test func `proposals go where the good trials are, absent parameters stay absent`() throws {
        let visible = (0..<40).map { number in
            let (method, x) = (Self.methods[number % 4], Double(number * 7 % 40) / 40)
            return Self.trial(number, method, x, losses: [(method == "b" ? 0 : 1) + abs(x - 0.3)])
        }
        let proposals = try Self.proposals(visible)
        #expect(proposals.filter { $0["method"] == "b" }.count > 40)
        #expect(proposals.filter { abs(($0["x"]?.number ?? 0) - 0.3) < 0.2 }.count > 40)
        #expect(proposals.allSatisfy { ($0["rank"] != nil) == ($0["method"] == "b") })
    }

    @Test func `constraints come before losses`() throws {
        let visible = (0..<40).map { number in
            let method = Self.methods[number % 4]
            return Self.trial(
                number, method, 0.5, losses: [method == "b" ? 0 : 1], violation: method == "c" ? 0 : 1)
        }
        #expect(try Self.proposals(visible).filter { $0["method"] == "c" }.count > 40)
    }

    @Test func `the highest fidelity that enough trials reached decides`() throws {
        // At half of the steps b looks best, at the end d is.
        let visible = (0..<60).map { number in
            let method = Self.methods[number % 4]
            let half = [method == "b" ? 0.0 : 1]
            guard number < 24 else { return Self.trial(number, method, 0.5, losses: half, fidelity: 0.5) }
            return Self.trial(
                number, method, 0.5, losses: [method == "d" ? 0 : 1],
                earlier: [VisibleTrial.RungLosses(fidelity: 0.5, losses: half)])
        }
        // A quarter by chance, and less among all that fell behind.
        #expect(try Self.proposals(visible).filter { $0["method"] == "d" }.count > 25)
        let early = visible.map { trial in
            Self.trial(
                trial.number, trial.assignment?["method"]?.string ?? "", 0.5,
                losses: trial.earlier.first?.losses ?? trial.losses, fidelity: 0.5)
        }
        #expect(try Self.proposals(early).filter { $0["method"] == "b" }.count > 40)
    }

    @Test func `proposals keep away from what is pending`() throws {
        let visible = (0..<40).map { number in
            Self.trial(number, Self.methods[number % 4], 0.5, losses: [number % 4 < 2 ? 0 : 1])
        }
        let pending = [Assignment](repeating: ["method": "a", "x": .number(0.5)], count: 30)
        let before = try Self.proposals(visible).filter { $0["method"] == "a" }.count
        let after = try Self.proposals(visible, pending: pending).filter { $0["method"] == "a" }.count
        #expect(after < before)
    }

    @Test(.timeLimit(.minutes(1)), arguments: [1, 3, 4, 8])
    func `any number of objectives is borne`(count: Int) throws {
        var generator = SeededGenerator(seed: 4)
        let visible = (0..<400).map { number in
            Self.trial(
                number, Self.methods[number % 4], generator.uniform(),
                losses: (0..<count).map { _ in generator.uniform() })
        }
        #expect(try Self.proposals(visible).count == 60)
    }

    @Test func `failed trials and a thousand bad ones are borne`() throws {
        let visible = (0..<1500).map { number in
            Self.trial(
                number, Self.methods[number % 4], Double(number % 97) / 97,
                losses: number % 10 == 0 ? nil : [Double(number % 89)])
        }
        #expect(try Set(Self.proposals(visible)).count > 50)
        let failed = (0..<30).map { Self.trial($0, "a", Double($0) / 30, losses: nil) }
        #expect(try Self.proposals(failed).count == 60)
    }
}

extension TPETests {
    @Test func `a child may have another method in the blocks of its parents`() throws {
        let space = try HybridSpace.preset(name: "hybrid", shape: Examples.miniLM)
        let parents = (0..<20).map { number in
            let sites = (3..<6).map { Site(layer: $0, projection: .query) }
            let configuration = Configuration(
                components: [.lora(LoRA(ranks: Dictionary(uniqueKeysWithValues: sites.map { ($0, 8) })))],
                head: HeadSettings(pooler: .frozen),
                training: TrainingSettings(learningRate: 1e-3 + 1e-5 * Double(number)))
            return VisibleTrial(
                number: number,
                assignment: HybridSpace.assignment(of: configuration, in: space),
                losses: [Double(number), -Double(number)], violation: 0)
        }
        var methods: [String: Int] = [:]
        for number in 0..<400 where number % 5 != 0 {
            let context = ProposalContext(seed: 3, number: number, space: space, visible: parents)
            let proposal = try #require(try NSGA2Strategy().propose(context))
            let configuration = try Configuration(json: proposal.configuration)
            guard configuration.components.count == 1, let component = configuration.components.first,
                Costs.lowestAdaptedLayer(of: configuration) == 3
            else { continue }
            methods[component.method, default: 0] += 1
            if component.method == "unfreeze" {
                let scale = proposal.assignment["unfreeze.learning_rate_scale"]?.number ?? 1
                #expect(configuration.training.learningRate * scale < 6e-4)
            }
        }
        for method in ["lora", "bottleneck", "bias", "layernorm", "unfreeze"] {
            #expect(methods[method, default: 0] > 0, "\(method)")
        }
    }
}
