extension AdapterFusion {
    package var contradiction: String? {
        guard !isEmpty else { return nil }
        if let other = adapters.first(where: { $0.bottleneck.site != site }) {
            return "fusion combines adapters of one site, and these stand at \(site.rawValue) and "
                + other.bottleneck.site.rawValue
        }
        if Set(adapters.map(\.artifact)).count < adapters.count {
            return "fusion names an artifact twice"
        }
        for adapter in adapters {
            if adapter.bottleneck.gate { return "fusion of gated adapters is not defined" }
            if let reason = adapter.bottleneck.contradiction { return reason }
        }
        return layers.sorted().first { present(in: $0).count < 2 }.map {
            "fusion in layer \($0) needs two adapters there, and \(present(in: $0).count) has a width"
        }
    }

    package func contradiction(in shape: ModelShape) -> String? {
        guard !isEmpty else { return nil }
        return adapters.lazy.compactMap { $0.bottleneck.contradiction(in: shape) }.first
    }

    package func conflict(with other: any AdaptationMethod) -> String? {
        guard let other = other as? Bottleneck, other.site == site else { return nil }
        return layers.filter { other.widths[$0, default: 0] > 0 }.min().map {
            "fusion takes the place of the bottleneck at \(site.rawValue) in layer \($0)"
        }
    }

    package func obstacle(to format: ExportFormat, for family: String) -> String? {
        switch format {
        case .merged: "a fusion of adapters weighs them by token and cannot be folded into the weights"
        case .peft: "PEFT has no AdapterFusion"
        case .adapterHub: "a setup of its library stacks adapters, and a fusion is no stack"
        case .customCode: "the Python file has no fusion of adapters"
        }
    }
}
