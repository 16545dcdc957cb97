/// The keys of a family's `config.json`, and what absent ones mean. The keys
/// that all families share are not among them.
struct ConfigurationKeys: Sendable, Hashable {
    var hidden = "hidden_size"
    var layers = "num_hidden_layers"
    var heads = "num_attention_heads"
    var feedForward = "intermediate_size"
    var activation = "hidden_act"
    /// Nil: the family has no token types.
    var tokenTypes: String? = "type_vocab_size"
    /// Nil: the embeddings have the width of the hidden states.
    var embedding: String?
    /// Nil: it is 1e-12.
    var layerNormEpsilon: String? = "layer_norm_eps"
    var absentPaddingID = 0
}
