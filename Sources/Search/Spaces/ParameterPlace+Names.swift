import Experiments

extension Parameter.Place {
    static func lora(_ site: Site) -> Self {
        Self(component: "lora", layer: site.layer, part: site.projection.rawValue)
    }
    static func bottleneck(_ site: Bottleneck.Placement, _ layer: Int) -> Self {
        Self(component: "bottleneck", layer: layer, part: site.rawValue)
    }
    static func bias(_ layer: Int) -> Self { Self(component: "bias", layer: layer, part: "bias") }
    static func layerNorm(_ layer: Int) -> Self {
        Self(component: "layernorm", layer: layer, part: "layernorm")
    }
    static func block(_ layer: Int) -> Self { Self(component: "unfreeze", layer: layer, part: "block") }
    static var embeddings: Self { Self(component: "unfreeze", layer: nil, part: "embeddings") }

    /// The name of the parameter that sizes it: `lora.4.query`,
    /// `parallel_ffn.4`, `bias.4`, `unfreeze.4`, `unfreeze.embeddings`.
    var parameterName: String {
        guard let layer else { return "\(component).\(part)" }
        return switch component {
        case "lora": "lora.\(layer).\(part)"
        case "bottleneck": "\(part).\(layer)"
        default: "\(component).\(layer)"
        }
    }

    /// The name under which the sizes of all its layers are overridden
    /// together.
    var groupName: String {
        switch component {
        case "lora": "lora.rank"
        case "bottleneck": "\(part).width"
        default: layer == nil ? "\(component).\(part)" : "\(component).blocks"
        }
    }
}
