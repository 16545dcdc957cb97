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
    /// The values of other settings without which one has no meaning, where its
    /// method alone does not give it one.
    var conditions: [String: [String: [JSON]]] = [:]
    /// The largest share of the model's parameters that trials may train
    /// beside the classifier.
    var largestShare: Double?

    static let all = [
        SpacePreset(
            name: "hybrid",
            summary: "Low-rank updates, three bottlenecks, biases, norms and whole blocks.",
            methods: ["lora", "bottleneck", "bias", "layernorm", "unfreeze"], leftOut: ["pfeiffer"]),
        SpacePreset(name: "lora", summary: "Low-rank updates alone.", methods: ["lora"]),
        everything,
        SpacePreset(
            name: "small",
            summary:
                "At most 0.1 % of the model's parameters and the classifier: small ranks, vectors, no pooler.",
            methods: ["lora", "ia3", "prompt", "bias", "layernorm"],
            sizes: ["lora.rank": [0, 1, 2], "prompt.length": [0, 2, 4, 8]],
            settings: ["head.pooler": .choice(["frozen", "absent"])], largestShare: 0.001),
        SpacePreset(
            name: "mergeable", summary: "What folds into plain weights: no cost when it is used.",
            methods: ["lora", "ia3", "bias", "layernorm", "unfreeze"],
            settings: ["lora.variant": .choice(["lora", "rslora", "dora"])]),
        SpacePreset(
            name: "mam",
            summary: "Prefixes and scaled adapters beside the feed-forward parts (MAM, arXiv 2110.04366).",
            methods: ["bottleneck", "prefix"], leftOut: ["serial_attention", "serial_ffn", "pfeiffer"],
            sizes: ["parallel_ffn.width": [0, 8, 16, 32, 64, 128]],
            settings: ["bottleneck.scale": .levels([1, 2, 4])]),
        SpacePreset(
            name: "unipelt",
            summary: "Gated low-rank updates, adapters and prefixes (UniPELT, arXiv 2110.07577).",
            methods: ["lora", "bottleneck", "prefix"],
            leftOut: [
                "key", "attention_output", "ffn_in", "ffn_out", "parallel_ffn", "serial_attention",
                "serial_ffn",
            ],
            settings: [
                "lora.gate": .choice([true]), "bottleneck.gate": .choice([true]),
                "prefix.gate": .choice([true]),
                // The gate takes its place.
                "lora.alpha_over_rank": .levels([1]),
            ]),
    ]

    /// The methods' types, in canonical order.
    var types: [any AdaptationMethod.Type] { Component.methods.filter { methods.contains($0.name) } }

    /// What is tried at a place, 0 first; nil leaves it empty unless a study
    /// names it.
    func sizes(at sized: SizedPlace) -> [Int]? {
        sizes[sized.groupName] ?? (sized.method.isSearched(sized.place) ? sized.method.searchedSizes : nil)
    }
}
