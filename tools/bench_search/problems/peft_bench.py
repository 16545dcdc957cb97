"""PEFT-Bench: hybrid configurations of a real model on a real task, answered by a surrogate of real trainings."""

import json
import pathlib

from .problem import REFERENCES, Objective

FOLDER = pathlib.Path(__file__).resolve().parents[3] / "Benchmarks/search/peft-bench"


class PEFTBench:
    """Accuracy against trainable parameters, with the noise that seeds make.

    The hypervolume follows the program's own rule: quality between the majority predictor and 1, parameters in
    log10 between the head alone and everything.
    """

    source = "own trainings, see Benchmarks/search/peft-bench"
    is_conditional = True
    constraints = ()
    task = ""

    def __init__(self):
        from ..surrogate.model import Surrogate

        self.name = f"peft_{self.task}"
        self._surrogate = Surrogate(self.task)
        stored = json.loads(REFERENCES.read_text())[self.name]
        (worst, best), (full, head) = stored["bounds"]
        self.objectives = [
            Objective("accuracy", worst, best, "maximize"),
            Objective("trainable_parameters", full, head, "minimize", "log10"),
        ]
        self.best_hypervolume = stored["hypervolume"]
        self.front = stored.get("front", [])

    def write_study(self, folder):
        """The resolved study with the bounds of the hypervolume."""
        study = json.loads((FOLDER / f"{self.task}.study.json").read_text())
        for members, objective in zip(study["study"]["objectives"], self.objectives):
            members["reference"] = objective.resolved()["reference"]
        path = pathlib.Path(folder) / f"{self.name}.json"
        path.write_text(json.dumps(study))
        return path

    def evaluate(self, candidate, seed):
        """At the last rung."""
        accuracy = self._surrogate.sample(candidate.assignment, self._parameters(candidate), seed)[-1]
        return {"accuracy": accuracy, "trainable_parameters": self._parameters(candidate)}

    def truth(self, candidate):
        accuracy = self._surrogate.mean(candidate.assignment, self._parameters(candidate))[-1]
        return {"accuracy": accuracy, "trainable_parameters": self._parameters(candidate)}

    def losses(self, metrics):
        return [objective.loss(metrics[objective.metric]) for objective in self.objectives]

    def violations(self, metrics):
        return []

    @staticmethod
    def _parameters(candidate):
        return candidate.known["trainable_parameters"]


class WordNet(PEFTBench):
    name = "peft_wordnet"
    task = "wordnet"
    summary = "accuracy and parameters on WordNet glosses"


class TREC(PEFTBench):
    name = "peft_trec"
    task = "trec"
    summary = "accuracy and parameters on TREC questions"
