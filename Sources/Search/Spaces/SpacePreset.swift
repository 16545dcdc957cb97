import Experiments

/// A named space of native configurations.
struct SpacePreset: Sendable {
    let name: String
    /// One sentence for the documentation.
    let summary: String
    /// By name, with the parts of them that it leaves out.
    let methods: [String]
    var leftOut: Set<String> = []
    /// Sizes other than a method's own, by group.
    var sizes: [String: [Int]] = [:]
    /// Domains of settings other than their own.
    var settings: [String: ParameterDomain] = [:]

    static let all = [
        SpacePreset(
            name: "hybrid",
            summary: "Low-rank updates, three bottlenecks, biases, norms and whole blocks.",
            methods: ["lora", "bottleneck", "bias", "layernorm", "unfreeze"], leftOut: ["pfeiffer"]),
        SpacePreset(name: "lora", summary: "Low-rank updates alone.", methods: ["lora"]),
        SpacePreset(
            name: "everything", summary: "Every method, with the variants of each.",
            methods: Component.methods.map { $0.name },
            settings: [
                "lora.variant": .choice(["lora", "rslora", "lora_fa", "dora"]),
                "lora.learning_rate_ratio": .levels([1, 4, 16]),
                "bottleneck.activation": .choice(["relu", "gelu"]),
                "prefix.start": .choice(["vocabulary", "zero"]),
                "prompt.placement": .choice(["before", "after_first"]),
            ]),
        SpacePreset(
            name: "small",
            summary: "At most about 0.1 % of the model's parameters: small ranks, vectors, no pooler.",
            methods: ["lora", "ia3", "prompt", "bias", "layernorm"],
            sizes: ["lora.rank": [0, 1, 2], "prompt.length": [0, 2, 4, 8]],
            settings: ["head.pooler": .choice(["frozen", "absent"])]),
        SpacePreset(
            name: "mergeable", summary: "What folds into plain weights: no cost when it is used.",
            methods: ["lora", "ia3", "bias", "layernorm", "unfreeze"],
            settings: ["lora.variant": .choice(["lora", "rslora", "dora"])]),
    ]

    /// The methods' types, in canonical order.
    var types: [any AdaptationMethod.Type] { Component.methods.filter { methods.contains($0.name) } }
}
