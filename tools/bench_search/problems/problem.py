"""What every problem has."""

import dataclasses
import json
import math
import pathlib

REFERENCES = pathlib.Path(__file__).resolve().parents[3] / "Benchmarks/search/references.json"


@dataclasses.dataclass(frozen=True)
class Objective:
    """A metric with the values that bound the hypervolume."""

    metric: str
    worst: float
    best: float
    direction: str = "minimize"
    scale: str = "linear"

    def loss(self, value):
        """0 at the best and 1 at the worst value that counts; beyond them it goes on."""
        turn = math.log10 if self.scale == "log10" else float
        worst, best = turn(self.worst), turn(self.best)
        return (turn(value) - best) / (worst - best)

    def resolved(self):
        reference = {"worst": self.worst, "best": self.best, "scale": self.scale}
        return {self.direction: self.metric, "reference": reference}


class Problem:
    """A black box over a space of explicit parameters.

    Constraints are metrics that must not be above 0. `is_conditional` and `summary` are for the report, which
    also names the `source`.
    """

    name = ""
    summary = ""
    source = ""
    is_conditional = False
    constraints = ()
    # Metrics in their order; bounds are in references.json, which `bench_search references` makes.
    metrics = ("f1", "f2")
    parameters = {}
    # Fidelities, as shares of a whole evaluation.
    shares = (1.0,)

    def __init__(self):
        stored = json.loads(REFERENCES.read_text()).get(self.name, {}) if REFERENCES.exists() else {}
        bounds = stored.get("bounds") or [[1.0, 0.0]] * len(self.metrics)
        self.objectives = [Objective(name, *pair) for name, pair in zip(self.metrics, bounds)]
        self.best_hypervolume = stored.get("hypervolume", 1.0)
        self.front = stored.get("front", [])

    def write_study(self, folder):
        """Writes the study file and returns its path."""
        study = {
            "study": self.name, "engine": {"command": ["true"]},
            "objectives": [objective.resolved() for objective in self.objectives],
            "constraints": [f"{name} <= 0" for name in self.constraints],
            "space": {"parameters": self.parameters},
        }
        path = pathlib.Path(folder) / f"{self.name}.yaml"
        path.write_text(json.dumps(study))
        return path

    def measure(self, values):
        """The metrics of an assignment, without noise."""
        raise NotImplementedError

    def evaluate(self, candidate, seed):
        """What a trial of the candidate measures; the seed is of the run, for problems with noise."""
        del seed
        return self.measure(candidate.configuration)

    def truth(self, candidate):
        """The same without noise, by which runs are judged."""
        return self.measure(candidate.configuration)

    def losses(self, metrics):
        return [objective.loss(metrics[objective.metric]) for objective in self.objectives]

    def violations(self, metrics):
        return [metrics[name] for name in self.constraints]
