"""What a case gives: lines of the table, figures, and what is wrong."""

import math


class Result:
    def __init__(self, case, seed):
        self.case, self.seed = case, seed
        self.faults, self.found, self.figures = "", "", {}
        self.problems, self.left_out, self.missed = [], [], []
        self.seconds = 0.0

    @property
    def is_good(self):
        return not self.problems

    def as_json(self):
        return {
            "case": self.case, "seed": self.seed, "faults": self.faults, "found": self.found,
            "left_out": self.left_out, "missed": self.missed, "figures": self.figures,
            "seconds": round(self.seconds, 1), "problems": self.problems}


def quantile(values, share):
    """The smallest value that the share of them does not pass."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else math.nan


def spread(values):
    return {"count": len(values), "p50": round(quantile(values, 0.5), 2), "p95": round(quantile(values, 0.95), 2),
            "max": round(max(values), 2)} if values else {"count": 0}
