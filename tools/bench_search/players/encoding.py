"""Assignments as vectors for Gaussian processes: a column a parameter, what is absent imputed."""

import bisect
import math

# Of a parameter's values; with more, its column is continuous and rounded.
MOST_STEPS = 32


class Encoding:
    """Numbers are scaled to [0, 1] by their scale, levels by their places; choices are their places."""

    def __init__(self, space):
        self.space = space
        self.parameters = space.parameters
        self.categorical = {
            column: list(range(len(parameter.domain.values)))
            for column, parameter in enumerate(self.parameters)
            if parameter.domain.kind == "choice" and len(parameter.domain.values) > 1
        }
        self.discrete = {
            column: steps for column, parameter in enumerate(self.parameters)
            if column not in self.categorical and (steps := self._steps(parameter.domain)) is not None
        }
        self.upper = [
            len(parameter.domain.values) - 1 if parameter.domain.kind == "choice" else 1
            for parameter in self.parameters
        ]

    def encode(self, assignment):
        """A size that is left out is 0; another absent parameter has its first choice or its middle."""
        return [
            self._share(parameter, assignment[parameter.name]) if parameter.name in assignment
            else 0.0 if parameter.component or parameter.domain.kind == "choice" else self._middle(parameter.domain)
            for parameter in self.parameters
        ]

    def decode(self, row):
        """The assignment of the parameters that exist; columns of the others mean nothing."""
        shares = dict(zip((parameter.name for parameter in self.parameters), row))
        return self.space.assignment(lambda parameter: self._value(parameter.domain, shares[parameter.name]))

    def _share(self, parameter, value):
        domain = parameter.domain
        if domain.kind == "choice":
            return float(domain.values.index(value))
        if domain.kind == "levels":
            return domain.values.index(value) / max(1, len(domain.values) - 1)
        return self._scaled(domain, value)

    @staticmethod
    def _scaled(domain, value):
        turn = math.log if domain.is_logarithmic else float
        lower, upper = map(turn, domain.values)
        return (turn(value) - lower) / (upper - lower) if upper > lower else 0.0

    def _value(self, domain, share):
        if domain.kind == "choice":
            return domain.values[round(share)]
        if domain.kind == "levels":
            return domain.values[round(share * (len(domain.values) - 1))]
        lower, upper = domain.values
        if domain.is_logarithmic:
            value = math.exp(math.log(lower) + share * (math.log(upper) - math.log(lower)))
        else:
            value = lower + share * (upper - lower)
        return min(max(round(value), lower), upper) if domain.kind == "int" else min(max(value, lower), upper)

    def _middle(self, domain):
        """The step that is nearest to the middle, so that it is a value of the column."""
        steps = self._steps(domain)
        return 0.5 if steps is None else steps[min(bisect.bisect(steps, 0.5), len(steps) - 1)]

    def _steps(self, domain):
        values = domain.finite()
        if values is None or len(values) > MOST_STEPS:
            return None
        if domain.kind == "choice":
            return [0.0]
        if domain.kind == "levels":
            return [place / max(1, len(values) - 1) for place in range(len(values))]
        return [self._scaled(domain, value) for value in values]
