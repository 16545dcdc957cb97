import Experiments

/// A configuration in a few words, for tables.
enum ConfigurationSummary {
    static func text(_ trial: Trial, of study: Study) -> String {
        guard case .native = study.space.meaning,
            let configuration = try? Configuration(json: trial.configuration)
        else { return trial.configuration.canonicalText }
        let parts = configuration.components.map(text)
        let training = configuration.training
        let settings = "lr \(short(training.learningRate)), \(training.epochs) ep"
        let pooler =
            configuration.head.pooler == .trained ? [] : ["pooler \(configuration.head.pooler.rawValue)"]
        return ((parts.isEmpty ? ["head only"] : parts) + pooler + [settings]).joined(separator: " + ")
    }

    private static func text(_ component: Component) -> String {
        switch component {
        case .lora(let lora):
            let ranks = Set(lora.ranks.values).sorted()
            let size = ranks.count == 1 ? "r\(ranks[0])" : "r\(ranks[0])–\(ranks[ranks.count - 1])"
            return "lora \(size) on \(lora.ranks.count) of \(projections(lora)) [\(layers(component))]"
        case .bottleneck(let bottleneck):
            let widths = Set(bottleneck.widths.values).sorted()
            let size = widths.count == 1 ? "\(widths[0])" : "\(widths[0])–\(widths[widths.count - 1])"
            return "\(bottleneck.site.rawValue) \(size) [\(layers(component))]"
        case .bias(let bias): return "bias [\(bias.layers == nil ? "all" : layers(component))]"
        case .layerNorm(let norm): return "layernorm [\(norm.layers == nil ? "all" : layers(component))]"
        case .unfreeze(let unfreezing):
            return "unfreeze [\(layers(component))\(unfreezing.embeddings ? " and embeddings" : "")]"
        }
    }

    private static func projections(_ lora: LoRA) -> String {
        let names: [Projection: String] = [
            .query: "q", .key: "k", .value: "v", .attentionOutput: "o", .feedForwardIn: "f1",
            .feedForwardOut: "f2",
        ]
        return Set(lora.ranks.keys.map(\.projection)).sorted().compactMap { names[$0] }.joined(separator: ",")
    }

    /// `0-2,5`.
    private static func layers(_ component: Component) -> String {
        var ranges: [ClosedRange<Int>] = []
        for layer in Set(component.layers).sorted() {
            if let last = ranges.last, last.upperBound + 1 == layer {
                ranges[ranges.count - 1] = last.lowerBound...layer
            } else {
                ranges.append(layer...layer)
            }
        }
        return ranges.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }
            .joined(separator: ",")
    }

    /// Two significant digits.
    static func short(_ value: Double) -> String {
        guard value != 0, value.isFinite else { return "\(value)" }
        var scaled = abs(value)
        var exponent = 0
        while scaled >= 9.95 { (scaled, exponent) = (scaled / 10, exponent + 1) }
        while scaled < 0.995 { (scaled, exponent) = (scaled * 10, exponent - 1) }
        let mantissa = (scaled * 10).rounded() / 10
        let text = mantissa == mantissa.rounded() ? "\(Int(mantissa))" : "\(mantissa)"
        return (value < 0 ? "-" : "") + text + "e\(exponent)"
    }
}
