import Experiments
import Foundation
import LinearAlgebra
import PEFT
import Testing

/// Through the engine: what it derives, and what lies in the files.
@Suite struct DerivationTests {
    let example: EngineExample

    init() throws { example = try EngineExample() }

    private static let sites = [
        Site(layer: 0, projection: .value), Site(layer: 1, projection: .query),
        Site(layer: 2, projection: .feedForwardIn),
    ]

    private func lora(_ variant: LoRA.Variant = .lora, gate: Bool = false) -> Component {
        .lora(
            LoRA(
                ranks: Dictionary(uniqueKeysWithValues: Self.sites.map { ($0, 4) }), alphaOverRank: 2,
                variant: variant, gate: gate))
    }

    private func train(
        _ components: [Component], limit: Int = 10,
        training: TrainingSettings = EngineExample.configuration.training
    ) throws -> TrialResult {
        var study = example.study
        study.search.derived = limit
        let configuration = Configuration(
            components: components, training: training)
        return try example.engine().train(
            NativeEngine.Assignment(study: study, seed: 3, configuration: configuration), report: { _ in },
            exclusively: { try $0() })
    }

    private func tensors(_ artifact: String?) throws -> [String: Matrix] {
        try SafetensorsFile(path: example.path(of: try #require(artifact))).matrices()
    }

    /// `B·A` at a site, of nothing where it has no update.
    private func product(_ tensors: [String: Matrix], _ site: Site) -> Matrix? {
        let layer = "encoder.layer.\(site.layer)"
        let names: [Projection: String] = [
            .query: "\(layer).attention.self.query", .value: "\(layer).attention.self.value",
            .feedForwardIn: "\(layer).intermediate.dense",
        ]
        let name = names[site.projection]!
        guard let down = tensors["\(name).lora_A.weight"], let up = tensors["\(name).lora_B.weight"] else {
            return nil
        }
        return .product(up, down)
    }

    @Test(arguments: [LoRA.Variant.lora, .rslora])
    func `of all updates' singular values together the largest stay`(variant: LoRA.Variant) throws {
        let result = try train([lora(variant)])
        let whole = try tensors(result.artifact)
        let scale = variant == .rslora ? 4.0.squareRoot() : 1
        let values = try Self.sites.map { site in
            let update = try #require(product(whole, site))
            let parts = try #require(SingularValueDecomposition(of: update))
            return parts.values.values.prefix(4).map { Double($0) }
        }
        for (derived, share) in zip(result.derived, [0.25, 0.0625, 0.5]) {
            let configuration = try Configuration(json: derived.configuration)
            let method = try #require(configuration.components.first?.value as? LoRA)
            let sorted = values.joined().sorted(by: >)
            let threshold = sorted[max(1, Int((share * 12).rounded())) - 1]
            let cut = try tensors(derived.artifact)
            for (site, values) in zip(Self.sites, values) {
                let count = values.filter { $0 >= threshold * 0.999 }.count
                let rank = method.ranks[site] ?? 0
                #expect(rank == (count == 3 ? 4 : count), "\(site) at \(share)")
                // Eckart and Young: what is lost is what was dropped.
                guard let whole = product(whole, site) else { continue }
                let kept = product(cut, site) ?? Matrix(rows: whole.rows, columns: whole.columns)
                let factor = variant == .rslora ? Float(Double(max(rank, 1)).squareRoot() / scale) : 1
                let lost = whole.map(with: kept) { $0 - $1 * factor }.sumOfSquares().squareRoot()
                let dropped = values.dropFirst(rank).reduce(0) { $0 + $1 * $1 }.squareRoot()
                #expect(abs(lost - dropped) < 1e-5 + 1e-3 * dropped, "\(site): \(lost), \(dropped)")
            }
        }
        #expect(result.derived.count >= 3)
    }

    @Test func `DyLoRA's are cut to the first rows and columns`() throws {
        let result = try train([lora(.dylora)], limit: 3)
        let whole = try tensors(result.artifact)
        let quarter = try #require(result.derived.first)
        let method = try #require(Configuration(json: quarter.configuration).components.first?.value as? LoRA)
        #expect(method.variant == .lora && Set(method.ranks.values) == [1])
        for (name, value) in try tensors(quarter.artifact) where name.contains("lora_") {
            let expected = name.contains("lora_A") ? whole[name]?.firstRows(1) : whole[name]?.firstColumns(1)
            #expect(expected.map(value.isIdentical) == true, "\(name)")
        }
        // Its quality was measured at that rank before.
        #expect(
            quarter.measurements.first { $0.name == "accuracy" }?.value == result.value("accuracy_at_rank_1"))
    }

    @Test func `parts of a super-network are the leading blocks of its tensors`() throws {
        let adapter = Component.bottleneck(Bottleneck(site: .serialFeedForward, widths: [1: 4, 2: 4]))
        var training = EngineExample.configuration.training
        training.sampling = .sandwich
        let result = try train([lora(), adapter], limit: 6, training: training)
        let whole = try tensors(result.artifact)
        #expect(result.derived.count == 6)
        for derived in result.derived {
            let part = try Configuration(json: derived.configuration)
            #expect(part.training.sampling == .sandwich)
            for (name, value) in try tensors(derived.artifact) {
                let block = try #require(whole[name]).firstRows(value.rows).firstColumns(value.columns)
                #expect(block.isIdentical(to: value), "\(name)")
            }
        }
        #expect(Set(result.derived.compactMap(\.artifact)).count > 1)
    }

    @Test func `components and the lowest block go, what is left keeps its tensors and its worth`() throws {
        let bottleneck = Component.bottleneck(Bottleneck(site: .serialFeedForward, widths: [1: 4, 2: 4]))
        let result = try train([lora(gate: true), bottleneck, .bias(BiasTuning())])
        #expect(
            result.derived.map(\.method) == [
                "without lora", "without serial_ffn", "without bias", "without the lowest block's components",
            ])
        let whole = try tensors(result.artifact)
        let costs = try #require(Costs(of: example.study))
        for derived in result.derived {
            let kept = try tensors(derived.artifact)
            #expect(kept.count < whole.count)
            #expect(kept.allSatisfy { whole[$0.key]?.isIdentical(to: $0.value) == true })
            let count = Double(
                costs.trainableParameters(of: try Configuration(json: derived.configuration)))
            #expect(derived.measurements.first { $0.name == "trainable_parameters" }?.value == count)
            #expect(Double(kept.values.reduce(0) { $0 + $1.count }) == count)
            #expect(!derived.measurements.contains { $0.name == "train_seconds" })
            // The same artifact, measured as a trial's is.
            let tested = try example.engine().test(
                NativeEngine.Assignment(
                    study: example.study, seed: 3, configuration: Configuration(json: derived.configuration),
                    artifact: derived.artifact), report: { _ in Issue.record("it was trained") })
            #expect(tested.value("test_accuracy") != nil)
        }
    }

    @Test func `tensors that are gone follow again from the parent's, or from its training`() throws {
        var study = example.study
        study.search.derived = 3
        let result = try train([lora(), .bias(BiasTuning())], limit: 3)
        let parent = Configuration(
            components: [lora(), .bias(BiasTuning())], training: EngineExample.configuration.training)
        for derived in result.derived {
            var assignment = NativeEngine.Assignment(
                study: study, seed: 3, configuration: try Configuration(json: derived.configuration),
                artifact: derived.artifact,
                origin: TensorOrigin(configuration: parent.json, artifact: result.artifact))
            let stored = try example.engine().test(
                assignment, report: { _ in Issue.record("it was trained") })
            try FileManager.default.removeItem(atPath: example.path(of: derived.artifact))
            let followed = try example.engine().test(
                assignment, report: { _ in Issue.record("it was trained") })
            // The file is there again, with the bytes of its name.
            #expect(FileManager.default.fileExists(atPath: example.path(of: derived.artifact)))
            let trained = try example.engine(data: "elsewhere").test(assignment, report: { _ in })
            #expect(stored.measurements == followed.measurements)
            #expect(stored.measurements == trained.measurements)
            #expect(trained.measurements.allSatisfy { $0.kind == .deterministic })
            #expect(trained.artifact == derived.artifact)
            // A configuration that does not follow is never trained in its place.
            assignment.configuration.head.dropout = 0.25
            #expect(throws: TrialFailure.self) {
                try example.engine(data: "elsewhere, too").test(assignment, report: { _ in })
            }
        }
    }

    @Test func `latency is measured where the study asks for it`() throws {
        var study = example.study
        study.search.derived = 1
        study.constraints = [try #require(Constraint("latency_ms <= 5"))]
        let result = try example.engine().train(
            NativeEngine.Assignment(study: study, seed: 3, configuration: EngineExample.configuration),
            report: { _ in }, exclusively: { try $0() })
        let names = try #require(result.derived.first).measurements.map(\.name)
        #expect(names.contains("latency_ms") && !names.contains("train_seconds"))
    }

    @Test func `nothing is derived unless the study asks, below the last rung, or of the head alone`() throws
    {
        #expect(try train([lora()], limit: 0).derived.isEmpty)
        #expect(try train([], limit: 5).derived.isEmpty)
        #expect(try train([lora()], limit: 1).derived.count == 1)
        var study = example.study
        study.search.derived = 5
        let below = try example.engine().train(
            NativeEngine.Assignment(
                study: study, seed: 3, configuration: EngineExample.configuration, budget: 0.5,
                isIntermediate: true), report: { _ in }, exclusively: { try $0() })
        #expect(below.derived.isEmpty)
    }
}
