"""The surrogate of one task as it is stored: models of every rung, noise, and the checksum that everybody's is the same."""

import hashlib
import json
import math
import pathlib

import numpy

from .features import Features
from .forest import Forest
from .smooth import Smooth

FOLDER = pathlib.Path(__file__).resolve().parents[3] / "Benchmarks/search/peft-bench"


def logit(share):
    """Of an accuracy; 0 and 1 are kept off by half an example of a thousand."""
    share = min(max(share, 5e-4), 1 - 5e-4)
    return math.log(share / (1 - share))


def accuracy(score):
    return 1 / (1 + math.exp(-score))


def blend(parts, row):
    """The weighted mean of what the models of a rung say."""
    return 0.5 * parts["smooth"].predict(row) + 0.25 * (parts["trees"].predict(row) + parts["boosted"].predict(row))


class Surrogate:
    """Accuracy at every rung, as a mean and as one training would find it."""

    def __init__(self, task):
        facts = json.loads((FOLDER / f"{task}.surrogate.json").read_text())
        path = FOLDER / f"{task}.surrogate.npz"
        found = hashlib.sha256(path.read_bytes()).hexdigest()
        if found != facts["sha256"]:
            raise SystemExit(f"{path}: is {found}, not {facts['sha256']}: another surrogate is another benchmark")
        self.study = json.loads((FOLDER / f"{task}.study.json").read_text())["study"]
        self.features = Features(self.study["space"]["parameters"])
        arrays = dict(numpy.load(path))
        self.shares = facts["shares"]
        kinds = {"smooth": Smooth, "trees": Forest, "boosted": Forest}
        self._rungs = [
            {kind: form.read(arrays, f"{rung}.{kind}") for kind, form in kinds.items()}
            for rung in range(len(self.shares))
        ]
        self._noise = arrays["noise"]

    def scores(self, assignment, trainable_parameters):
        """The mean logit of the accuracy at every rung."""
        row = self.features.of(assignment, trainable_parameters)
        return [blend(parts, row) for parts in self._rungs]

    def mean(self, assignment, trainable_parameters):
        """Accuracies by rung without noise."""
        return [accuracy(score) for score in self.scores(assignment, trainable_parameters)]

    def sample(self, assignment, trainable_parameters, seed):
        """Accuracies by rung of one training; the same configuration and seed give the same ones to everybody."""
        text = json.dumps([assignment, seed], sort_keys=True)
        digest = hashlib.sha256(text.encode()).digest()
        normal = numpy.random.Generator(numpy.random.PCG64(int.from_bytes(digest[:16], "big"))).standard_normal(
            len(self.shares))
        noise = self._noise @ normal
        scores = self.scores(assignment, trainable_parameters)
        return [accuracy(score + offset) for score, offset in zip(scores, noise.tolist())]
