"""A search space as a resolved study has it: `space.parameters` of the first line of `peftsearch ask`."""

import dataclasses
import math


@dataclasses.dataclass(frozen=True)
class Domain:
    """The values of a parameter: `kind` is int, float, choice or levels, as in a study file."""

    kind: str
    values: tuple
    scale: str

    @classmethod
    def read(cls, members):
        kind = next(kind for kind in ("int", "float", "choice", "levels") if kind in members)
        return cls(kind, tuple(members[kind]), members.get("scale", "linear"))

    @property
    def is_logarithmic(self):
        return self.scale in ("log", "log2")

    def finite(self):
        """All values in order, or None for real numbers."""
        if self.kind == "int":
            return range(self.values[0], self.values[1] + 1)
        return None if self.kind == "float" else self.values

    def at(self, share):
        """The value at a share in [0, 1] of the domain, by its scale: uniform shares make uniform draws."""
        if self.kind in ("choice", "levels"):
            return self.values[min(int(share * len(self.values)), len(self.values) - 1)]
        lower, upper = self.values
        if self.kind == "int":
            lower, upper = lower - 0.5, upper + 0.5
        if self.is_logarithmic:
            value = math.exp(math.log(lower) + share * (math.log(upper) - math.log(lower)))
        else:
            value = lower + share * (upper - lower)
        return min(max(round(value), self.values[0]), self.values[1]) if self.kind == "int" else value


@dataclasses.dataclass(frozen=True)
class Parameter:
    """One thing to choose, and when it exists."""

    name: str
    domain: Domain
    when: dict
    when_component: str
    component: str

    @classmethod
    def read(cls, members):
        return cls(
            members["name"], Domain.read(members["domain"]), members.get("when", {}),
            members.get("when_component"), (members.get("place") or {}).get("component"))


class Space:
    """Parameters in an order in which each comes after those that it depends on."""

    def __init__(self, study):
        self.parameters = []
        waiting = [Parameter.read(members) for members in study["space"]["parameters"]]
        while waiting:
            known = {parameter.name for parameter in self.parameters}
            components = {parameter.component for parameter in waiting}
            ready = [p for p in waiting if known.issuperset(p.when) and p.when_component not in components - {None}]
            self.parameters += ready
            waiting = [parameter for parameter in waiting if parameter not in ready]

    def is_active(self, parameter, assignment):
        """Whether a parameter exists, given the values of those before it."""
        if parameter.when_component is not None:
            return any(
                other.component == parameter.when_component and assignment.get(other.name, 0) != 0
                for other in self.parameters)
        return all(
            name in assignment and assignment[name] in values for name, values in parameter.when.items())

    def assignment(self, choose):
        """The assignment that `choose(parameter)` makes of the parameters that exist."""
        assignment = {}
        for parameter in self.parameters:
            if self.is_active(parameter, assignment):
                assignment[parameter.name] = choose(parameter)
        return assignment

    def draw(self, random):
        """An assignment with every value drawn uniformly on its scale."""
        return self.assignment(lambda parameter: parameter.domain.at(random.random()))
