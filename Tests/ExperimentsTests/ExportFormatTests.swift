import Experiments
import Testing

/// What can be exported as what.
@Suite struct ExportFormatTests {
    private func formats(
        _ components: [Component], pooler: HeadSettings.Pooler = .trained, family: String = "bert",
        task: TaskDefinition.Kind = .classification
    ) -> [ExportFormat] {
        Configuration(components: components, head: HeadSettings(pooler: pooler)).exportFormats(
            for: family, task: task)
    }

    private let lora = Component.lora(LoRA(ranks: [Site(layer: 0, projection: .query): 4]))
    private let outputLora = Component.lora(LoRA(ranks: [Site(layer: 0, projection: .attentionOutput): 4]))

    private func bottleneck(_ site: Bottleneck.Placement, _ layer: Int = 0) -> Component {
        .bottleneck(Bottleneck(site: site, widths: [layer: 4]))
    }

    @Test
    func `what folds into weights is possible in every format but AdapterHub's, which wants an adapter`() {
        #expect(formats([]) == [.merged, .peft, .customCode])
        #expect(formats([lora]) == [.merged, .peft, .adapterHub, .customCode])
        #expect(formats([outputLora]) == [.merged, .peft, .customCode])
        #expect(
            formats([.bias(BiasTuning()), .layerNorm(LayerNormTuning())]) == [.merged, .peft, .customCode])
    }

    @Test func `a bottleneck leaves AdapterHub and code`() {
        #expect(formats([lora, bottleneck(.serialAttention)]) == [.adapterHub, .customCode])
        let two = [bottleneck(.serialFeedForward), bottleneck(.parallelFeedForward)]
        #expect(formats(two) == [.customCode])
        #expect(formats([two[0], bottleneck(.parallelFeedForward, 1)]) == [.adapterHub, .customCode])
    }

    @Test func `a prefix is of one library or the other, by its positions`() {
        #expect(formats([.prefix(PrefixTuning(lengths: [0: 2]))]) == [.adapterHub, .customCode])
        let shifted = Component.prefix(PrefixTuning(lengths: [0: 2], shiftsPositions: true))
        #expect(formats([shifted]) == [.peft, .customCode])
        #expect(formats([shifted], family: "distilbert") == [.customCode])
        #expect(formats([shifted, .prompt(PromptTuning(length: 2))]) == [.customCode])
        #expect(formats([.prompt(PromptTuning(length: 2))]) == [.peft, .customCode])
        #expect(formats([.prompt(PromptTuning(length: 2, placement: .afterFirst))]) == [.customCode])
    }

    @Test func `a head without pooler is no model of transformers`() {
        #expect(formats([lora], pooler: .absent) == [.adapterHub, .customCode])
    }

    @Test func `a head without pooler is what every library has for words`() {
        let possible = formats([lora], pooler: .absent, task: .tokenClassification)
        #expect(possible == [.merged, .peft, .adapterHub, .customCode])
    }

    @Test func `gates and maps of the queries are in code alone`() {
        let gated = Component.lora(LoRA(ranks: [Site(layer: 0, projection: .query): 4], gate: true))
        #expect(formats([gated]) == [.customCode])
        #expect(formats([.prefix(PrefixTuning(lengths: [0: 2], gate: true))]) == [.customCode])
        let bottleneck = Bottleneck(site: .pfeiffer, widths: [0: 4], gate: true)
        #expect(formats([.bottleneck(bottleneck), lora]) == [.customCode])
        #expect(formats([.prefixPlus(PrefixTuningPlus(layers: [1]))]) == [.customCode])
        let obstacles = Configuration(components: [gated]).obstacles(
            to: .adapterHub, for: "bert", task: .classification)
        #expect(obstacles.first?.contains("padding") == true)
    }

    @Test func `each obstacle is told once`() {
        let configuration = Configuration(components: [bottleneck(.serialAttention), bottleneck(.pfeiffer)])
        #expect(
            configuration.obstacles(to: .peft, for: "bert", task: .classification) == [
                "PEFT has no bottleneck adapters"
            ])
        #expect(configuration.obstacles(to: .customCode, for: "bert", task: .classification) == [])
    }
}
