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
    # Whether a study has the rungs of the table, or trains everything whole.
    has_rungs = False

    def __init__(self):
        from ..surrogate.model import Surrogate

        self._surrogate = Surrogate(self.task)
        self.shares = tuple(self._surrogate.shares) if self.has_rungs else (1.0,)
        stored = json.loads(REFERENCES.read_text())[f"peft_{self.task}"]
        (worst, best), (full, head) = stored["bounds"]
        self.objectives = [
            Objective("accuracy", worst, best, "maximize"),
            Objective("trainable_parameters", full, head, "minimize", "log10"),
        ]
        self.best_hypervolume = stored["hypervolume"]
        self.front = stored.get("front", [])

    @classmethod
    def is_fitted(cls):
        return (FOLDER / f"{cls.task}.surrogate.json").exists()

    def write_study(self, folder):
        """The resolved study with the bounds of the hypervolume."""
        study = json.loads((FOLDER / f"{self.task}.study.json").read_text())
        for members, objective in zip(study["study"]["objectives"], self.objectives):
            members["reference"] = objective.resolved()["reference"]
        if self.has_rungs:
            study["study"]["search"]["rungs"] = self.shares
        path = pathlib.Path(folder) / f"{self.name}.json"
        path.write_text(json.dumps(study))
        return path

    def evaluate(self, candidate, seed):
        """At the candidate's rung, of one training that goes on from rung to rung."""
        accuracies = self._surrogate.sample(candidate.assignment, self._parameters(candidate), seed)
        accuracy = accuracies[candidate.rung - len(self.shares)]
        return {"accuracy": accuracy, "trainable_parameters": self._parameters(candidate)}

    def truth(self, candidate):
        """Of the whole training."""
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


class WordNetRungs(WordNet):
    name = "peft_wordnet_rungs"
    summary = WordNet.summary + ", three rungs"
    has_rungs = True


class TRECRungs(TREC):
    name = "peft_trec_rungs"
    summary = TREC.summary + ", three rungs"
    has_rungs = True
