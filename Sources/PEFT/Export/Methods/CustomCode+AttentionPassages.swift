extension CustomCode.Passage {
    static func prefix(of model: PythonModel, gated: Bool) -> CustomCode.Passage {
        CustomCode.Passage(
            method: "prefix", needs: (gated ? [gate] : []) + [attention(of: model)], text: attachPrefix)
    }

    static func prefixPlus(of model: PythonModel) -> CustomCode.Passage {
        CustomCode.Passage(method: "prefix_plus", needs: [attention(of: model)], text: attachPrefixPlus)
    }

    private static let attachPrefix = #"""
        def attach_prefix(model, part):
            """Trained keys and values in front of the sequence's: Li and Liang 2021."""
            size = model.config.hidden_size
            for layer, length in part["lengths"].items():
                attention = adapted_attention(model, layer)
                attention.prefix_key = nn.Embedding(length, size)
                attention.prefix_value = nn.Embedding(length, size)
                if part.get("gate"):
                    attention.prefix_gate = Gate(size, model)
            if part.get("shifts_positions"):
                length = max(part["lengths"].values())
                table = model.base_model.embeddings.position_embeddings
                table.register_forward_pre_hook(lambda table, args: (args[0] + length,))
        """#

    private static let attachPrefixPlus = #"""
        def attach_prefix_plus(model, part):
            """A trained map of each head's query beside the softmax: Wang et al. 2025."""
            size = model.config.hidden_size
            for layer in part["layers"]:
                attention = adapted_attention(model, layer)
                attention.prefix_plus = nn.Linear(size // attention.heads, size, bias=False)
        """#

    /// DistilBERT's module ends with the map that BERT has in the next one, and
    /// is called with other names.
    private static func attention(of model: PythonModel) -> String {
        let isPlain = model.hasPlainParts
        let (query, key, value) = isPlain ? ("q_lin", "k_lin", "v_lin") : ("query", "key", "value")
        let block = "model.base_model.\(isPlain ? "transformer" : "encoder").layer[int(layer)]"
        return #"""
            class AdaptedAttention(nn.Module):
                """Attention with what is trained beside the sequence's own keys and values."""

                def __init__(self, attention, heads):
                    super().__init__()
                    for name, module in attention.named_children():
                        self.add_module(name, module)
                    self.heads = heads
                    self.prefix_key = self.prefix_value = self.prefix_gate = self.prefix_plus = None

                def forward(self, hidden_states=None, attention_mask=None, *args, **kwargs):
                    query, mask = kwargs.get("query"), kwargs.get("mask")
                    x = query if hidden_states is None else hidden_states
                    mask = mask if attention_mask is None else attention_mask

                    def split(x):
                        return x.unflatten(-1, (self.heads, -1)).transpose(1, 2)

                    q, k, v = split(self.\#(query)(x)), self.\#(key)(x), self.\#(value)(x)
                    if self.prefix_key is not None:
                        factor = 1 if self.prefix_gate is None else self.prefix_gate(x)
                        k = torch.cat([(factor * self.prefix_key.weight).expand(len(x), -1, -1), k], 1)
                        v = torch.cat([(factor * self.prefix_value.weight).expand(len(x), -1, -1), v], 1)
                        if mask is not None:
                            shape = (*mask.shape[:-1], self.prefix_key.num_embeddings)
                            # True lets a key be seen, as does 0 in a mask that is added.
                            seen = mask.new_ones(shape) if mask.dtype == torch.bool else mask.new_zeros(shape)
                            mask = torch.cat([seen, mask], -1)
                    context = nn.functional.scaled_dot_product_attention(q, split(k), split(v), mask)
                    if self.prefix_plus is not None:
                        maps = self.prefix_plus.weight.unflatten(0, (self.heads, -1))
                        context = context + (nn.functional.elu(q) + 1) @ maps
                    context = context.transpose(1, 2).flatten(2)
                    return \#(isPlain ? "self.out_lin(context)" : "context"), None


            def adapted_attention(model, layer):
                place, name = \#(isPlain ? "\(block), \"attention\"" : "\(block).attention, \"self\"")
                attention = getattr(place, name)
                if not isinstance(attention, AdaptedAttention):
                    setattr(place, name, AdaptedAttention(attention, model.config.num_attention_heads))
                return getattr(place, name)
            """#
    }
}
