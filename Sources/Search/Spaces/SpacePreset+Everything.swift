import Experiments

extension SpacePreset {
    /// What settings contradict is never drawn together: each of those that
    /// have a meaning only beside some values of others comes after them.
    static let everything = SpacePreset(
        name: "everything",
        summary: """
            Every method that needs no finished trial, at all its places and with its variants. To be named by \
            a study: prefixes that move positions (`prefix.shifts_positions`, which needs one length in all \
            blocks) and prompts and prefixes that begin as a text (`start: text`, which needs a text or labels \
            with names).
            """,
        methods: Component.methods.map { $0.name }.filter { $0 != AdapterFusion.name },
        sizes: ["ia3.attention_output": [0, 1], "ia3.ffn_in": [0, 1], "ia3.query": [0, 1]],
        settings: [
            "lora.variant": .choice(["lora", "rslora", "lora_fa", "dora", "dylora"]),
            "lora.learning_rate_ratio": .levels([1, 4, 16]),
            "lora.start": .choice(["kaiming", "pissa", "milora"]),
            "lora.gate": .choice([false, true]), "prefix.gate": .choice([false, true]),
            "bottleneck.activation": .choice(["relu", "gelu"]),
            "bottleneck.form": .choice(["dense", "phm", "hypernetwork"]),
            "bottleneck.phm_dimension": .levels([2, 4]),
            "bottleneck.embedding_size": .levels([2, 4, 8]), "bottleneck.copies": .levels([1, 2, 4]),
            "bottleneck.consistency": .levels([0, 1]),
            "bottleneck.dropped_layers": .levels([0, 1, 2, 4]),
            "bottleneck.gate": .choice([false, true]),
            "prefix.start": .choice(["vocabulary", "random", "zero"]),
            "prefix.projection": .levels([0, 128, 512]),
            "prompt.start": .choice(["vocabulary", "random"]),
            "prompt.placement": .choice(["before", "after_first"]),
            "prompt.encoder": .choice(["none", "mlp", "lstm"]), "prompt.hidden": .levels([64, 128, 256]),
            "bias.subset": .choice(["all", "query_ffn_in"]),
        ],
        conditions: [
            // DyLoRA needs factors that begin at 0.
            "lora.start": ["lora.variant": ["lora", "rslora", "lora_fa", "dora"]],
            // A gate takes the place of the scale, and not of what a start took out.
            "lora.gate": ["lora.variant": ["lora", "lora_fa"], "lora.start": ["kaiming"]],
            "bottleneck.phm_dimension": ["bottleneck.form": ["phm"]],
            "bottleneck.embedding_size": ["bottleneck.form": ["hypernetwork"]],
            "bottleneck.consistency": ["bottleneck.copies": [2, 4]],
            // A projection makes where they start.
            "prefix.start": ["prefix.projection": [0]],
            "prompt.hidden": ["prompt.encoder": ["mlp", "lstm"]],
        ])
}
