import Experiments

extension CustomCode.Passage {
    /// Low-rank updates that no weight can hold.
    static func gatedLoRA(of family: ModelFamily) -> CustomCode.Passage {
        let maps = Projection.allCases.map { #""\#($0.rawValue)": "\#(family.names.maps[$0] ?? "")""# }
        return CustomCode.Passage(
            method: "lora", needs: [gate],
            text: #"""
                class GatedUpdate(nn.Module):
                    """g * B A x with the factor g of each sequence: Mao et al. 2022."""

                    def __init__(self, linear, rank, model):
                        super().__init__()
                        self.lora_A = nn.Linear(linear.in_features, rank, bias=False)
                        self.lora_B = nn.Linear(rank, linear.out_features, bias=False)
                        self.lora_gate = Gate(linear.in_features, model)

                    def forward(self, x):
                        return self.lora_gate(x) * self.lora_B(self.lora_A(x))


                def attach_lora(model, part):
                    maps = {\#(maps.joined(separator: ", "))}
                    for site, rank in part["ranks"].items():
                        layer, projection = site.split(".")
                        name = f"\#(family.names.blocks).{layer}.{maps[projection]}"
                        linear = model.base_model.get_submodule(name)
                        linear.gated = GatedUpdate(linear, rank, model)
                        linear.register_forward_hook(lambda linear, args, y: y + linear.gated(args[0]))
                """#)
    }

    static let gate = #"""
        # Which places of the batch at hand hold tokens and no padding.
        MASK = contextvars.ContextVar("MASK", default=None)


        def keep_mask(encoder, args, kwargs):
            MASK.set(kwargs.get("attention_mask", args[1] if len(args) > 1 else None))


        class Gate(nn.Linear):
            """A factor for each sequence, the mean of sigmoid(w x + b) over its tokens: Mao et al. 2022."""

            def __init__(self, size, model):
                super().__init__(size, 1)
                model.base_model.register_forward_pre_hook(keep_mask, with_kwargs=True)

            def forward(self, x):
                factors, mask = torch.sigmoid(super().forward(x)), MASK.get()
                seen = torch.ones_like(factors) if mask is None else mask.to(factors.dtype).unsqueeze(-1)
                return (factors * seen).sum(1, keepdim=True) / seen.sum(1, keepdim=True)
        """#
}
