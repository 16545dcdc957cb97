"""What decides how far a configuration of the space `hybrid` learns, as a fixed list of numbers.

Adam moves every weight by about the learning rate a step, so what a component changes in its block grows with the
learning rate, with the factor before the component, and with the square root of its rank or width. These paces, by
component, block and part, order configurations better than the sizes themselves do: many small updates equal a few
large ones.
"""

import math

# How much one weight's step moves the output, beside a low-rank factor's; the order of magnitude is enough.
WEIGHTS = {"lora": 1.0, "bottleneck": 1.0, "unfreeze": 10.0, "bias": 0.3, "layernorm": 0.3}
FACTORS = {
    "lora": "lora.alpha_over_rank", "bottleneck": "bottleneck.scale", "unfreeze": "unfreeze.learning_rate_scale"}
LEAST = 1e-7


class Features:
    """Of assignments of one space; paces count in log10, with 1e-7 for what is absent."""

    def __init__(self, parameters):
        self.places = {
            members["name"]: (members["place"]["component"], members["place"]["layer"], members["place"]["part"])
            for members in parameters if members.get("place")}
        self.components = sorted({component for component, _, _ in self.places.values()})
        self.layers = sorted({layer for _, layer, _ in self.places.values() if layer is not None})
        self.parts = sorted({
            (component, part) for component, _, part in self.places.values() if component in ("lora", "bottleneck")})

    def of(self, assignment, trainable_parameters):
        rate = assignment["training.learning_rate"]
        sizes = self._relative_sizes(assignment)

        def pace(chosen):
            return math.log10(rate * sum(chosen) + LEAST)

        row = [
            math.log10(trainable_parameters), math.log10(rate), float(assignment["head.pooler"] == "trained"),
            assignment.get("lora.dropout", 0), assignment.get("lora.alpha_over_rank", 0),
            assignment.get("bottleneck.scale", 0), pace(WEIGHTS[self.places[name][0]] * sizes[name] for name in sizes),
        ]
        for component in self.components:
            own = {name: size for name, size in sizes.items() if self.places[name][0] == component}
            layers = [self.places[name][1] for name in own if self.places[name][1] is not None]
            top = [size for name, size in own.items() if self.places[name][1] == self.layers[-1]]
            row += [
                pace(own.values()), math.log10(1 + sum(own.values())), len(own), pace(top),
                min(layers, default=len(self.layers)), max(layers, default=-1)]
        for layer in self.layers:
            row.append(pace(
                WEIGHTS[self.places[name][0]] * size for name, size in sizes.items()
                if self.places[name][1] == layer))
        for component, part in self.parts:
            row.append(pace(
                size for name, size in sizes.items() if self.places[name][::2] == (component, part)))
        return row

    def _relative_sizes(self, assignment):
        """The square root of every size that is not 0, times the factor before its component."""
        factors = {component: float(assignment.get(FACTORS.get(component), 1)) for component in self.components}
        return {
            name: factors[self.places[name][0]] * math.sqrt(assignment[name])
            for name in self.places if assignment.get(name)}
