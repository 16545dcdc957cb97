import Experiments

extension Configuration {
    /// Any mixture of components for a model of three blocks.
    /// - Parameter smooth: without rectifiers, whose kinks have no slope.
    static func random(seed: UInt64, smooth: Bool = false) -> Configuration {
        var generator = SeededGenerator(seed: seed, purpose: "configuration")
        func flip(_ chance: Double = 0.5) -> Bool { generator.uniform() < chance }
        func layers() -> Set<Int> { Set((0..<3).filter { _ in flip() }) }
        func sizes() -> [Int: Int] {
            Dictionary(uniqueKeysWithValues: layers().sorted().map { ($0, generator.index(below: 6)) })
        }
        var components: [Component] = []
        let gate = flip(0.3)
        let variants: [LoRA.Variant] = gate ? [.lora, .loraFA] : [.lora, .rslora, .loraFA, .dylora]
        if flip() {
            let sites = (0..<3).flatMap { layer in
                Projection.allCases.map { Site(layer: layer, projection: $0) }
            }
            let ranks = sites.filter { _ in flip(0.3) }.map { ($0, generator.index(below: 5)) }
            components.append(
                .lora(
                    LoRA(
                        ranks: Dictionary(uniqueKeysWithValues: ranks),
                        alphaOverRank: 0.5 + generator.uniform(),
                        variant: variants[generator.index(below: variants.count)], gate: gate)))
        }
        if flip(0.3) {
            let parts = layers().map { layer in (layer, Set(IA3.Part.allCases.filter { _ in flip() })) }
            components.append(.ia3(IA3(parts: Dictionary(uniqueKeysWithValues: parts))))
        }
        let forms = Bottleneck.Form.allCases
        for site in Bottleneck.Placement.allCases where flip(0.4) {
            let dimension = flip() ? 2 : 4
            let activation: Bottleneck.Activation = flip() && !smooth ? .relu : .gelu
            components.append(
                .bottleneck(
                    Bottleneck(
                        site: site, widths: sizes().mapValues { $0 * dimension }, activation: activation,
                        scale: 0.5, form: forms[generator.index(below: forms.count)],
                        phmDimension: dimension, embeddingSize: 1 + generator.index(below: 2),
                        droppedLayers: generator.index(below: 4), copies: 1 + generator.index(below: 3),
                        gate: flip(0.3))))
        }
        let sites = (0..<3).flatMap { layer in
            Projection.allCases.map { Site(layer: layer, projection: $0) }
        }
        func ranks() -> [Site: Int] {
            Dictionary(
                uniqueKeysWithValues: sites.filter { _ in flip(0.2) }.map {
                    ($0, generator.index(below: 4))
                })
        }
        if flip(0.2) { components.append(.adalora(AdaLoRA(ranks: ranks()))) }
        if flip(0.2) { components.append(.vera(VeRA(sites: Set(ranks().keys), rank: 3))) }
        if flip(0.2) { components.append(.miss(MiSS(ranks: ranks()))) }
        if flip(0.2) { components.append(.hira(HiRA(ranks: ranks()))) }
        if flip(0.2) { components.append(.shira(SHiRA(ranks: ranks()))) }
        if flip(0.3) {
            components.append(
                .prefix(PrefixTuning(lengths: sizes(), projection: flip() ? 0 : 3, gate: flip(0.3))))
        }
        if flip(0.2) { components.append(.prefixPlus(PrefixTuningPlus(layers: layers()))) }
        if flip(0.2) { components.append(.prompt(PromptTuning(length: generator.index(below: 4)))) }
        if flip(0.4) { components.append(.bias(BiasTuning(layers: flip() ? nil : layers()))) }
        if flip(0.4) { components.append(.layerNorm(LayerNormTuning(layers: flip() ? nil : layers()))) }
        if flip(0.3) {
            components.append(
                .unfreeze(Unfreezing(layers: layers(), embeddings: flip(0.3), learningRateScale: 0.5)))
        }
        let pooler = HeadSettings.Pooler.allCases[generator.index(below: 3)]
        return Configuration(components: components, head: HeadSettings(pooler: pooler, dropout: 0))
    }
}
