"""Whether one mean accuracy lies below another by more than chance would have it."""

import dataclasses
import math
import statistics


@dataclasses.dataclass(frozen=True)
class Difference:
    """Of mean accuracies over seeds on the same held-out examples."""

    value: float
    error_of_examples: float
    error_of_seeds: float | None

    def is_not_worse(self, error):
        return error is not None and self.value >= -2 * error


def difference(own, other, examples):
    """`error_of_examples`: binomial, the two taken for independent; `error_of_seeds`: of the means over seeds."""
    p, q = statistics.mean(own), statistics.mean(other)
    by_examples = math.sqrt((p * (1 - p) + q * (1 - q)) / examples)
    by_seeds = None
    if min(len(own), len(other)) > 1:
        by_seeds = math.sqrt(statistics.variance(own) / len(own) + statistics.variance(other) / len(other))
    return Difference(p - q, by_examples, by_seeds)
