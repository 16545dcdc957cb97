import Experiments

extension AdapterHubSetup {
    /// Where the library puts a low-rank update of a projection, or nil where
    /// it has none.
    static func place(of projection: Projection) -> [String: JSON]? {
        switch projection {
        case .query: ["selfattn_lora": true, "attn_matrices": ["q"]]
        case .key: ["selfattn_lora": true, "attn_matrices": ["k"]]
        case .value: ["selfattn_lora": true, "attn_matrices": ["v"]]
        case .feedForwardIn: ["intermediate_lora": true]
        case .feedForwardOut: ["output_lora": true]
        case .attentionOutput: nil
        }
    }

    /// The members of the library's `LoRAConfig`.
    static func lora(_ place: [String: JSON], rank: Int) -> [String: JSON] {
        let config: [String: JSON] = [
            "architecture": "lora", "selfattn_lora": false, "intermediate_lora": false, "output_lora": false,
            "attn_matrices": [], "r": .integer(rank), "alpha": .integer(rank),
            "composition_mode": "add", "dropout": 0, "init_weights": "lora", "init_weights_seed": .null,
            "use_gating": false, "use_dora": false, "vera_d": .null, "vera_b": .null, "dtype": .null,
        ]
        return config.merging(place) { $1 }
    }

    /// The members of the library's `BnConfig`, without layers.
    static func bottleneck(_ settings: Bottleneck, scaling: Double) -> [String: JSON] {
        [
            "mh_adapter": .bool(settings.site == .serialAttention),
            "output_adapter": .bool(settings.site != .serialAttention),
            "is_parallel": .bool(settings.site == .parallelFeedForward),
            "non_linearity": .string(settings.activation.rawValue), "scaling": .number(scaling),
            "original_ln_before": .bool(settings.site == .pfeiffer), "original_ln_after": true,
            "ln_before": false, "ln_after": false,
            "residual_before_ln": true, "adapter_residual_before_ln": false, "dropout": 0,
            "init_weights": "bert", "init_weights_seed": .null, "use_gating": false, "inv_adapter": .null,
            "inv_adapter_reduction_factor": .null, "cross_adapter": false, "phm_layer": false, "phm_dim": 4,
            "factorized_phm_W": true, "shared_W_phm": false, "shared_phm_rule": true,
            "factorized_phm_rule": false, "phm_c_init": "normal", "phm_init_range": 0.0001, "learn_phm": true,
            "hypercomplex_nonlinearity": "glorot-uniform", "phm_rank": 1, "phm_bias": true,
            "stochastic_depth": 0,
        ]
    }

    /// The members of the library's `PrefixTuningConfig`.
    static func prefix(length: Int) -> [String: JSON] {
        [
            "architecture": "prefix_tuning", "prefix_length": .integer(length), "flat": true,
            "encoder_prefix": true, "cross_prefix": true, "bottleneck_size": 512, "non_linearity": "tanh",
            "dropout": 0, "use_gating": false, "shared_gating": true, "init_weights_seed": .null,
        ]
    }
}
