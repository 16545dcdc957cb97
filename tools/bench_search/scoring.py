"""What a run reached after each evaluation."""

from .hypervolume import Hypervolume


def hypervolumes(problem, evaluations):
    """After each evaluation, of the feasible true values, as a share of the best known: 1 is the whole front."""
    volume = Hypervolume(len(problem.objectives))
    curve = []
    for metrics in evaluations:
        if all(violation <= 0 for violation in problem.violations(metrics)):
            volume.add(problem.losses(metrics))
        curve.append(volume.value / problem.best_hypervolume)
    return curve


def igd_plus(problem, evaluations):
    """The mean distance of the known front's points to what was reached, counting only what is missing
    (Ishibuchi et al. 2015); None without a known front or a feasible point."""
    reached = [
        problem.losses(metrics) for metrics in evaluations
        if all(violation <= 0 for violation in problem.violations(metrics))
    ]
    if not problem.front or not reached:
        return None
    return sum(
        min(sum(max(y - x, 0) ** 2 for x, y in zip(point, other)) for other in reached) ** 0.5
        for point in problem.front) / len(problem.front)
