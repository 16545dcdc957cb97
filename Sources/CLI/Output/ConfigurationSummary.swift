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
        let method = component.value
        let blocks = "[\(layers(component))]"
        guard type(of: method).largestSize > 1 else { return "\(method.title) \(blocks)" }
        let sizes = Set(method.sizes.values).sorted()
        let range =
            sizes.count > 1
            ? "\(sizes[0])–\(sizes[sizes.count - 1])" : sizes.first.map(String.init) ?? "0"
        guard let ranks = (method as? any SizedBySite)?.ranks else {
            return "\(method.title) \(range) \(blocks)"
        }
        return "\(method.title) r\(range) on \(ranks.count) of \(projections(Set(ranks.keys))) \(blocks)"
    }

    private static func projections(_ sites: Set<Site>) -> String {
        let names: [Projection: String] = [
            .query: "q", .key: "k", .value: "v", .attentionOutput: "o", .feedForwardIn: "f1",
            .feedForwardOut: "f2",
        ]
        return Set(sites.map(\.projection)).sorted().compactMap { names[$0] }.joined(separator: ",")
    }

    /// Those of the blocks, and what it names beside them; `all` where it
    /// names nothing.
    private static func layers(_ component: Component) -> String {
        let beside = component.value.sizes.keys.filter { $0.layer == nil }.map(\.part).sorted()
        let parts = [ranges(component)].filter { !$0.isEmpty } + beside
        return parts.isEmpty ? "all" : parts.joined(separator: " and ")
    }

    /// `0-2,5`.
    private static func ranges(_ component: Component) -> String {
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
