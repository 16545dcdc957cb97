extension CustomCode.Passage {
    /// For DistilBERT, whose attention and feed-forward part are modules
    /// without the residual.
    static let plainBottleneck = CustomCode.Passage(
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


            class AdaptedLinear(nn.Linear):
                """A linear map with a bottleneck behind it."""

                def __init__(self, linear):
                    super().__init__(linear.in_features, linear.out_features)
                    self.bottleneck = nn.ModuleDict()

                def forward(self, x):
                    y = super().forward(x)
                    return y + self.bottleneck["serial"](y)


            class AdaptedFeedForward(nn.Module):
                """The feed-forward part of a block with bottlenecks before the residual is added."""

                def __init__(self, block):
                    super().__init__()
                    self.lin1, self.lin2 = block.ffn.lin1, block.ffn.lin2
                    self.activation, self.dropout = block.ffn.activation, block.ffn.dropout
                    self.bottleneck = nn.ModuleDict()
                    self.norm = [block.output_layer_norm]  # in a list, so that it is the block's alone

                def forward(self, x):
                    y = self.lin2(self.activation(self.lin1(x)))
                    inputs = {"serial": y, "parallel": x}
                    for kind in inputs:
                        if kind in self.bottleneck:
                            y = y + self.bottleneck[kind](inputs[kind])
                    if "pfeiffer" in self.bottleneck:
                        y = y + self.bottleneck["pfeiffer"](self.norm[0](y + x))
                    return self.dropout(y)


            def attach_bottleneck(model, part):
                kind = part["site"].split("_")[0]
                for layer, width in part["widths"].items():
                    block = model.base_model.transformer.layer[int(layer)]
                    if part["site"] == "serial_attention":
                        block.attention.out_lin = AdaptedLinear(block.attention.out_lin)
                        place = block.attention.out_lin
                    else:
                        if not isinstance(block.ffn, AdaptedFeedForward):
                            block.ffn = AdaptedFeedForward(block)
                        place = block.ffn
                    place.bottleneck[kind] = Bottleneck(
                        model.config.dim, width, part["activation"], part["scale"])
            """#)

    static let plainPrefix = CustomCode.Passage(
        method: "prefix",
        text: #"""
            class PrefixedAttention(nn.Module):
                """Attention to trained keys and values beside those of the sequence: Li and Liang 2021."""

                def __init__(self, attention, length):
                    super().__init__()
                    self.q_lin, self.k_lin, self.v_lin = attention.q_lin, attention.k_lin, attention.v_lin
                    self.out_lin, self.heads = attention.out_lin, attention.n_heads
                    self.prefix_key = nn.Embedding(length, self.k_lin.out_features)
                    self.prefix_value = nn.Embedding(length, self.v_lin.out_features)

                def forward(self, hidden_states=None, attention_mask=None, query=None, mask=None, **kwargs):
                    x = query if hidden_states is None else hidden_states
                    mask = mask if attention_mask is None else attention_mask

                    def split(x):
                        return x.unflatten(-1, (self.heads, -1)).transpose(1, 2)

                    def extended(prefix, x):
                        return split(torch.cat([prefix.weight.expand(len(x), -1, -1), x], 1))

                    if mask is not None:
                        shape = (*mask.shape[:-1], self.prefix_key.num_embeddings)
                        # True lets a key be seen, as does 0 in a mask that is added.
                        seen = mask.new_ones(shape) if mask.dtype == torch.bool else mask.new_zeros(shape)
                        mask = torch.cat([seen, mask], -1)
                    context = nn.functional.scaled_dot_product_attention(
                        split(self.q_lin(x)), extended(self.prefix_key, self.k_lin(x)),
                        extended(self.prefix_value, self.v_lin(x)), mask)
                    return self.out_lin(context.transpose(1, 2).flatten(2)), None


            def attach_prefix(model, part):
                for layer, length in part["lengths"].items():
                    block = model.base_model.transformer.layer[int(layer)]
                    block.attention = PrefixedAttention(block.attention, length)
                if part.get("shifts_positions"):
                    length = max(part["lengths"].values())
                    table = model.base_model.embeddings.position_embeddings
                    table.register_forward_pre_hook(lambda table, args: (args[0] + length,))
            """#)
}
