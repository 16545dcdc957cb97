extension CustomCode.Passage {
    static func bottleneck(of model: PythonModel, gated: Bool) -> CustomCode.Passage {
        CustomCode.Passage(
            method: "bottleneck", needs: (gated ? [gate] : []) + [adapters],
            text: model.hasPlainParts ? plainPlaces : places)
    }

    private static let adapters = #"""
        class Bottleneck(nn.Module):
            """scale * (U f(D x + b_D) + b_U): Houlsby et al. 2019, He et al. 2021."""

            def __init__(self, size, part, width, gate):
                super().__init__()
                self.down = nn.Linear(size, width)
                self.up = nn.Linear(width, size)
                activations = {"relu": nn.functional.relu, "gelu": nn.functional.gelu}
                self.activation, self.scale = activations[part["activation"]], part["scale"]
                self.gate = gate

            def forward(self, x):
                y = self.scale * self.up(self.activation(self.down(x)))
                return y if self.gate is None else y * self.gate(x)


        class Bottlenecks(nn.ModuleDict):
            """Those behind one linear map, before the residual is added."""

            def added(self, y, residual=None, norm=None):
                inputs = {"serial": y, "parallel": residual}
                for kind in inputs:
                    if kind in self:
                        y = y + self[kind](inputs[kind])
                if "pfeiffer" in self:
                    y = y + self["pfeiffer"](norm(y + residual))
                return y

            def put(self, model, part, width):
                size = model.config.hidden_size
                gate = Gate(size, model) if part.get("gate") else None
                self[part["site"].split("_")[0]] = Bottleneck(size, part, width, gate)
        """#

    /// BERT: attention and feed-forward part end in a module that adds the
    /// residual.
    private static let places = #"""
        class AdaptedOutput(nn.Module):
            """SelfOutput or Output of a block with bottlenecks."""

            def __init__(self, output):
                super().__init__()
                self.dense, self.LayerNorm, self.dropout = output.dense, output.LayerNorm, output.dropout
                self.bottleneck = Bottlenecks()

            def forward(self, hidden_states, input_tensor):
                y = self.bottleneck.added(self.dense(hidden_states), input_tensor, self.LayerNorm)
                return self.LayerNorm(self.dropout(y) + input_tensor)


        def attach_bottleneck(model, part):
            for layer, width in part["widths"].items():
                block = model.base_model.encoder.layer[int(layer)]
                place = block.attention if part["site"] == "serial_attention" else block
                if not isinstance(place.output, AdaptedOutput):
                    place.output = AdaptedOutput(place.output)
                place.output.bottleneck.put(model, part, width)
        """#

    /// DistilBERT: they are modules without the residual.
    private static let plainPlaces = #"""
        class AdaptedFeedForward(nn.Module):
            """The feed-forward part of a block with bottlenecks."""

            def __init__(self, block):
                super().__init__()
                self.lin1, self.lin2 = block.ffn.lin1, block.ffn.lin2
                self.activation, self.dropout = block.ffn.activation, block.ffn.dropout
                self.bottleneck = Bottlenecks()
                self.norm = [block.output_layer_norm]  # in a list, so that it is the block's alone

            def forward(self, x):
                y = self.lin2(self.activation(self.lin1(x)))
                return self.dropout(self.bottleneck.added(y, x, self.norm[0]))


        def attach_bottleneck(model, part):
            for layer, width in part["widths"].items():
                block = model.base_model.transformer.layer[int(layer)]
                if part["site"] == "serial_attention":
                    place = block.attention.out_lin
                    place.bottleneck = Bottlenecks()
                    place.register_forward_hook(lambda linear, args, y: linear.bottleneck.added(y))
                else:
                    if not isinstance(block.ffn, AdaptedFeedForward):
                        block.ffn = AdaptedFeedForward(block)
                    place = block.ffn
                place.bottleneck.put(model, part, width)
        """#
}
