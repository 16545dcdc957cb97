"""The reference sets of problems: bounds, hypervolume and front, made once and committed.

NSGA-II of pymoo over the declared space, several seeds, pooled. The reference point is the problem's published
one; else, objective by objective, the worse one of the pooled nadir moved away from the ideal by a tenth of the
range between them and the median of feasible uniform draws, so that an early point counts.
"""

import json
import random

import moocore
import numpy

from .problems.problem import REFERENCES
from .space import Space

POPULATION, GENERATIONS, SEEDS, DRAWS = 200, 250, 4, 10_000
FRONT_POINTS = 100


def make(problem):
    """Adds a synthetic problem to references.json."""
    store(problem.name, reference(problem))


def store(name, entry):
    stored = json.loads(REFERENCES.read_text()) if REFERENCES.exists() else {}
    stored[name] = entry
    text = ",\n".join(f"  {json.dumps(name)}: {json.dumps(stored[name])}" for name in sorted(stored))
    REFERENCES.write_text("{\n" + text + "\n}\n")
    print(name, "hypervolume", entry["hypervolume"], flush=True)


def space(problem):
    """As `ask` resolves it."""
    parameters = []
    for name, members in problem.parameters.items():
        when = members.get("when", {})
        when = {key: value if isinstance(value, list) else [value] for key, value in when.items()}
        parameters.append({"name": name, "domain": members, "when": when})
    return Space({"space": {"parameters": parameters}})


def reference(problem):
    worst = getattr(problem, "published_reference", None)
    points = numpy.concatenate([pooled(problem, seed) for seed in range(SEEDS)])
    if worst is not None:
        # What is beyond the reference point is no part of the front that counts.
        points = points[(points < numpy.array(worst)).all(axis=1)]
    points = numpy.unique(points[moocore.is_nondominated(points)], axis=0)
    ideal, nadir = points.min(axis=0), points.max(axis=0)
    if worst is None:
        worst = numpy.maximum(nadir + 0.1 * (nadir - ideal), median_draw(problem))
    worst = numpy.array(worst)
    losses = (points - ideal) / (worst - ideal)
    chosen = losses[numpy.linspace(0, len(losses) - 1, FRONT_POINTS).astype(int)]
    return {
        "bounds": numpy.stack([worst, ideal], axis=1).tolist(),
        "hypervolume": round(float(moocore.hypervolume(losses, ref=numpy.ones(len(ideal)))), 6),
        "points": len(losses), "front": numpy.unique(chosen.round(6), axis=0).tolist(),
    }


def median_draw(problem):
    """Objective by objective, of the feasible among uniform draws."""
    searched, source = space(problem), random.Random(0)
    drawn = [problem.measure(searched.draw(source)) for _ in range(DRAWS)]
    feasible = [metrics for metrics in drawn if all(metrics[name] <= 0 for name in problem.constraints)]
    return numpy.median([[metrics[name] for name in problem.metrics] for metrics in feasible], axis=0)


def pooled(problem, seed):
    """The feasible non-dominated objective values of one run, a row each."""
    from pymoo.algorithms.moo.nsga2 import NSGA2
    from pymoo.core.problem import ElementwiseProblem
    from pymoo.optimize import minimize

    searched = space(problem)

    class Shares(ElementwiseProblem):
        """A share in [0, 1] for every parameter; those that do not exist are not read."""

        def __init__(self):
            super().__init__(
                n_var=len(searched.parameters), n_obj=len(problem.metrics),
                n_ieq_constr=len(problem.constraints), xl=0, xu=1)

        def _evaluate(self, x, out, *args, **kwargs):
            shares = dict(zip((parameter.name for parameter in searched.parameters), x))
            metrics = problem.measure(searched.assignment(lambda p: p.domain.at(shares[p.name])))
            out["F"] = [metrics[name] for name in problem.metrics]
            out["G"] = [metrics[name] for name in problem.constraints]

    result = minimize(
        Shares(), NSGA2(pop_size=POPULATION), ("n_gen", GENERATIONS), seed=seed, verbose=False)
    return result.F
