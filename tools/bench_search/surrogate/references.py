"""The reference set of a PEFT-Bench task: bounds by the program's rule, and what long searches on the surrogate reach."""

import moocore
import numpy

from .. import asking
from ..problems.problem import Objective
from .model import FOLDER, Surrogate

TRIALS, SEEDS, PARALLELISM, FRONT_POINTS = 20_000, 3, 50, 100
ANY_RATE = {"training.learning_rate": 1e-3, "training.epochs": 2, "training.batch_size": 16}


def make(task, program):
    """As an entry of references.json."""
    surrogate = Surrogate(task)
    path = str(FOLDER / f"{task}.study.json")
    bounds = bounds_of(path, program)
    objectives = [
        Objective("accuracy", *bounds[0], "maximize"),
        Objective("trainable_parameters", *bounds[1], "minimize", "log10"),
    ]
    losses = numpy.concatenate([searched(surrogate, objectives, path, program, seed) for seed in range(SEEDS)])
    losses = numpy.unique(losses[moocore.is_nondominated(losses) & (losses < 1).all(axis=1)], axis=0)
    chosen = losses[numpy.linspace(0, len(losses) - 1, FRONT_POINTS).astype(int)]
    return {
        "bounds": bounds, "hypervolume": round(float(moocore.hypervolume(losses, ref=numpy.ones(2))), 6),
        "points": len(losses), "front": numpy.unique(chosen.round(6), axis=0).tolist(),
    }


def bounds_of(path, program):
    """Worst and best: the majority predictor and 1; everything trained and the smallest head."""
    with asking.AskProcess(program, path, strategy="random") as process:
        names = [members["name"] for members in process.study["space"]["parameters"]]
        everything = {name: 1 for name in names if name.startswith("unfreeze.")} | ANY_RATE
        head = {"head.pooler": "frozen"} | ANY_RATE
        counts = [
            process.describe(assignment).known["trainable_parameters"]
            for assignment in (everything | {"head.pooler": "trained"}, head)
        ]
        return [[process.study["data"]["majority_share"], 1.0], counts]


def searched(surrogate, objectives, path, program, seed):
    """Losses, without noise, of all that a long search tries."""
    options = {"strategy": "nsga2", "trials": TRIALS, "parallelism": PARALLELISM, "seed": seed}
    losses = []
    with asking.AskProcess(program, path, **options) as process:
        while process.front is None:
            candidate = process.proposals.pop(0)
            count = candidate.known["trainable_parameters"]
            accuracy = surrogate.mean(candidate.assignment, count)[-1]
            losses.append([objectives[0].loss(accuracy), objectives[1].loss(count)])
            process.tell(candidate.number, {"accuracy": accuracy})
    return numpy.array(losses)
