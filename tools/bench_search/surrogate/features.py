"""What a tree can split an assignment of the space `hybrid` by."""

import math


def size_of(assignment, name):
    return float(assignment.get(name, 0))


class Features:
    """A fixed list of numbers, an assignment of one space each.

    Sizes count in log2(1 + size), so that 0 is absent; learning rates in log10. For each component, and for all of
    them, the list has sums and counts, and the lowest and highest block.
    """

    def __init__(self, parameters):
        self.sizes, self.settings = {}, []
        for members in parameters:
            place = members.get("place")
            if place:
                self.sizes[members["name"]] = (place["component"], place["layer"], place["part"])
            else:
                self.settings.append((members["name"], members["domain"]))
        self.components = sorted({component for component, _, _ in self.sizes.values()})
        self.parts = sorted({(component, part) for component, _, part in self.sizes.values()})

    def of(self, assignment, trainable_parameters):
        present = {name: math.log2(1 + size_of(assignment, name)) for name in self.sizes}
        rate = math.log10(assignment["training.learning_rate"])
        row = [math.log10(trainable_parameters), rate, *present.values()]
        row += self._summary(present)
        for component in self.components:
            own = {name: size for name, size in present.items() if self.sizes[name][0] == component}
            row += self._summary(own)
            # How fast it learns, where it is there at all.
            row.append(rate if any(own.values()) else -9.0)
        row += [
            sum(size for name, size in present.items() if (self.sizes[name][0], self.sizes[name][2]) == part)
            for part in self.parts
        ]
        row += [value for name, domain in self.settings for value in self._setting(assignment, name, domain)]
        return row

    def _summary(self, present):
        """The sum of sizes, how many, how many blocks, the lowest and the highest; 99 and -9 for none."""
        layers = [
            -1 if self.sizes[name][1] is None else self.sizes[name][1] for name, size in present.items() if size
        ]
        return [
            sum(present.values()), len(layers), len(set(layers)), min(layers, default=99), max(layers, default=-9)
        ]

    @staticmethod
    def _setting(assignment, name, domain):
        """A number, in log10 where its scale is one; a text as a column a value; -99 where it is absent."""
        value = assignment.get(name)
        texts = [choice for choice in domain.get("choice", []) if isinstance(choice, (str, bool))]
        if texts:
            return [float(value == text) for text in texts]
        if value is None:
            return [-99.0]
        return [math.log10(value) if domain.get("scale") == "log" else float(value)]
