extension CustomCode.Passage {
    static let bottleneck = CustomCode.Passage(
        method: "bottleneck",
        text: #"""
            class Bottleneck(nn.Module):
                """scale * (U f(D x + b_D) + b_U): Houlsby et al. 2019, He et al. 2021."""

                def __init__(self, size, width, activation, scale):
                    super().__init__()
                    self.down = nn.Linear(size, width)
                    self.up = nn.Linear(width, size)
                    self.activation = {"relu": nn.functional.relu, "gelu": nn.functional.gelu}[activation]
                    self.scale = scale

                def forward(self, x):
                    return self.scale * self.up(self.activation(self.down(x)))


            class AdaptedOutput(nn.Module):
                """SelfOutput or Output of a block with bottlenecks before the residual is added."""

                def __init__(self, output):
                    super().__init__()
                    self.dense, self.LayerNorm, self.dropout = output.dense, output.LayerNorm, output.dropout
                    self.bottleneck = nn.ModuleDict()

                def forward(self, hidden_states, input_tensor):
                    y = self.dense(hidden_states)
                    inputs = {"serial": y, "parallel": input_tensor}
                    for kind in inputs:
                        if kind in self.bottleneck:
                            y = y + self.bottleneck[kind](inputs[kind])
                    if "pfeiffer" in self.bottleneck:
                        y = y + self.bottleneck["pfeiffer"](self.LayerNorm(y + input_tensor))
                    return self.LayerNorm(self.dropout(y) + input_tensor)


            def attach_bottleneck(model, part):
                kind = part["site"].split("_")[0]
                for layer, width in part["widths"].items():
                    block = model.base_model.encoder.layer[int(layer)]
                    place = block.attention if part["site"] == "serial_attention" else block
                    if not isinstance(place.output, AdaptedOutput):
                        place.output = AdaptedOutput(place.output)
                    place.output.bottleneck[kind] = Bottleneck(
                        model.config.hidden_size, width, part["activation"], part["scale"])
            """#)

    static let prefix = CustomCode.Passage(
        method: "prefix",
        text: #"""
            class PrefixedAttention(nn.Module):
                """Attention to trained keys and values beside those of the sequence: Li and Liang 2021."""

                def __init__(self, attention, length):
                    super().__init__()
                    self.query, self.key, self.value = attention.query, attention.key, attention.value
                    self.heads = attention.num_attention_heads
                    self.prefix_key = nn.Embedding(length, self.key.out_features)
                    self.prefix_value = nn.Embedding(length, self.value.out_features)

                def forward(self, hidden_states, attention_mask=None, *args, **kwargs):
                    def split(x):
                        return x.unflatten(-1, (self.heads, -1)).transpose(1, 2)

                    def extended(prefix, x):
                        return split(torch.cat([prefix.weight.expand(len(x), -1, -1), x], 1))

                    if attention_mask is not None:
                        shape = (*attention_mask.shape[:-1], self.prefix_key.num_embeddings)
                        # True lets a key be seen, as does 0 in a mask that is added.
                        is_bool = attention_mask.dtype == torch.bool
                        seen = attention_mask.new_ones(shape) if is_bool else attention_mask.new_zeros(shape)
                        attention_mask = torch.cat([seen, attention_mask], -1)
                    context = nn.functional.scaled_dot_product_attention(
                        split(self.query(hidden_states)), extended(self.prefix_key, self.key(hidden_states)),
                        extended(self.prefix_value, self.value(hidden_states)), attention_mask)
                    return context.transpose(1, 2).flatten(2), None


            def attach_prefix(model, part):
                for layer, length in part["lengths"].items():
                    attention = model.base_model.encoder.layer[int(layer)].attention
                    attention.self = PrefixedAttention(attention.self, length)
                if part.get("shifts_positions"):
                    length = max(part["lengths"].values())
                    table = model.base_model.embeddings.position_embeddings
                    table.register_forward_pre_hook(lambda table, args: (args[0] + length,))
            """#)
}
