import Experiments

/// A native configuration laid out flat: one size per place and one value per
/// setting. It stands between assignments, which name them, and
/// configurations, which group them.
struct NativeSettings: Hashable {
    /// Not 0.
    var sizes: [Parameter.Place: Int] = [:]
    var alphaOverRank = LoRA(ranks: [:]).alphaOverRank
    var loraDropout = LoRA(ranks: [:]).dropout
    var bottleneckScale = Bottleneck(site: .parallelFeedForward, widths: [:]).scale
    var unfreezeScale = Unfreezing(layers: []).learningRateScale
    var head = HeadSettings()
    var training = TrainingSettings()

    init() {}
}

extension NativeSettings {
    /// The components in canonical order.
    var configuration: Configuration {
        var components: [Component] = []
        if let lora { components.append(.lora(lora)) }
        components += Bottleneck.Placement.allCases.compactMap(bottleneck).map(Component.bottleneck)
        if let layers = layers(of: "bias") { components.append(.bias(BiasTuning(layers: layers))) }
        if let layers = layers(of: "layernorm") {
            components.append(.layerNorm(LayerNormTuning(layers: layers)))
        }
        if let unfreezing { components.append(.unfreeze(unfreezing)) }
        return Configuration(components: components, head: head, training: training)
    }

    private func layers(of component: String) -> Set<Int>? {
        let layers = Set(sizes.keys.filter { $0.component == component }.compactMap(\.layer))
        return layers.isEmpty ? nil : layers
    }

    private var lora: LoRA? {
        var ranks: [Site: Int] = [:]
        for (place, size) in sizes where place.component == "lora" {
            guard let layer = place.layer, let projection = Projection(rawValue: place.part) else { continue }
            ranks[Site(layer: layer, projection: projection)] = size
        }
        return ranks.isEmpty ? nil : LoRA(ranks: ranks, alphaOverRank: alphaOverRank, dropout: loraDropout)
    }

    private func bottleneck(_ site: Bottleneck.Placement) -> Bottleneck? {
        var widths: [Int: Int] = [:]
        for (place, size) in sizes where place.component == "bottleneck" && place.part == site.rawValue {
            if let layer = place.layer { widths[layer] = size }
        }
        return widths.isEmpty ? nil : Bottleneck(site: site, widths: widths, scale: bottleneckScale)
    }

    private var unfreezing: Unfreezing? {
        let blocks = layers(of: "unfreeze") ?? []
        let embeddings = sizes[.embeddings] != nil
        guard embeddings || !blocks.isEmpty else { return nil }
        return Unfreezing(layers: blocks, embeddings: embeddings, learningRateScale: unfreezeScale)
    }
}

extension NativeSettings {
    /// Nil for a configuration that has no flat form: all biases or norms at
    /// once, bottlenecks of two scales or another activation, sizes of 0.
    init?(_ configuration: Configuration) {
        head = configuration.head
        training = configuration.training
        for component in configuration.components {
            switch component {
            case .lora(let lora): read(lora)
            case .bottleneck(let bottleneck): guard read(bottleneck) else { return nil }
            case .bias(let bias):
                guard let layers = bias.layers else { return nil }
                for layer in layers { sizes[.bias(layer)] = 1 }
            case .layerNorm(let norm):
                guard let layers = norm.layers else { return nil }
                for layer in layers { sizes[.layerNorm(layer)] = 1 }
            case .unfreeze(let unfreezing): read(unfreezing)
            }
        }
        guard sizes.values.allSatisfy({ $0 > 0 }), self.configuration == configuration else { return nil }
    }

    private mutating func read(_ lora: LoRA) {
        for (site, rank) in lora.ranks { sizes[.lora(site)] = rank }
        alphaOverRank = lora.alphaOverRank
        loraDropout = lora.dropout
    }

    private mutating func read(_ bottleneck: Bottleneck) -> Bool {
        let isFirst = !sizes.keys.contains { $0.component == "bottleneck" }
        guard isFirst || bottleneck.scale == bottleneckScale else { return false }
        for (layer, width) in bottleneck.widths { sizes[.bottleneck(bottleneck.site, layer)] = width }
        bottleneckScale = bottleneck.scale
        return true
    }

    private mutating func read(_ unfreezing: Unfreezing) {
        for layer in unfreezing.layers { sizes[.block(layer)] = 1 }
        if unfreezing.embeddings { sizes[.embeddings] = 1 }
        unfreezeScale = unfreezing.learningRateScale
    }
}
