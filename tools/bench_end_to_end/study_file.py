"""The study file of our side, and what the program alone knows of it: the bounds of the hypervolume."""

import contextlib
import json

from bench_search.asking import AskProcess

from . import space, tasks
from .scoring import Bounds

BASELINES = 6


def write(folder, task, model, seed, search, chosen, with_test=False):
    """Returns the path. JSON is YAML. `chosen` is the space."""
    path = folder / f"{task.name}.yaml"
    path.write_text(json.dumps({
        "study": f"{task.name}-{seed}", "seed": seed, "model": str(model),
        "task": {
            "train": str(task.train), "validation": str(task.validation), "text": "text", "label": "label",
            "max_length": tasks.MAX_LENGTH, **({"test": str(task.test)} if with_test else {})},
        "space": chosen, "search": search,
    }, indent=1), encoding="utf-8")
    return path


@contextlib.contextmanager
def asking(program, path):
    """A process that describes assignments and knows the baselines."""
    with AskProcess(program, path, strategy="random", trials=64, parallelism=BASELINES) as process:
        yield process


def baselines(process):
    """Exact costs of the named trials, by label."""
    return {candidate.label: candidate.known for candidate in process.proposals if candidate.label}


def bounds(process, task):
    """Of the program's rule: from full fine-tuning to the classifier alone, from the majority's share to 1."""
    head = {"head.pooler": "frozen", "training.learning_rate": 1e-3, "training.epochs": space.EPOCHS[1]}
    return Bounds(
        task.majority_share, baselines(process)["full"]["trainable_parameters"],
        process.describe(head).known["trainable_parameters"])
