"""What a run reached, and after how much."""

import math

from .hypervolume import Hypervolume

ROUNDING = 1e-6


def is_feasible(problem, metrics):
    return all(violation <= 0 for violation in problem.violations(metrics))


def hypervolumes(problem, record):
    """After 1, 2, 3 ... evaluations' worth, of the feasible true values of what was evaluated whole by then, as a
    share of the best known hypervolume: 1 is the whole front."""
    volume = Hypervolume(len(problem.objectives))
    curve, spent, reached = [], 0.0, 0.0
    for metrics, cost in zip(record["true"], record["cost"]):
        spent += cost
        # It is complete at `spent`: until then there is what there was.
        curve += [reached] * (math.ceil(spent - ROUNDING) - 1 - len(curve))
        if metrics is not None and is_feasible(problem, metrics):
            reached = volume.add(problem.losses(metrics)) / problem.best_hypervolume
    return curve + [reached] * (math.floor(spent + ROUNDING) - len(curve))


def igd_plus(problem, record):
    """The mean distance of the known front's points to what was reached, counting only what is missing
    (Ishibuchi et al. 2015); None without a known front or a feasible point."""
    whole = [metrics for metrics in record["true"] if metrics is not None]
    reached = [problem.losses(metrics) for metrics in whole if is_feasible(problem, metrics)]
    if not problem.front or not reached:
        return None
    return sum(
        min(sum(max(y - x, 0) ** 2 for x, y in zip(point, other)) for other in reached) ** 0.5
        for point in problem.front) / len(problem.front)
