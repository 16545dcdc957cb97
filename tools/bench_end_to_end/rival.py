"""Optuna 5's strongest sampler driving PyTorch and PEFT, as a practitioner would write it.

Reads one JSON request on standard input and prints a JSON line a trial. Texts are tokenized once, the base is
read once, batches have like lengths and are padded to their longest, frozen weights are held in the precision that
trains faster here, and all cores are used. Training and measuring are those of Benchmarks/training/peer.py.
"""

import importlib.util
import json
import math
import pathlib
import sys
import time
import warnings

import optuna
import torch
import transformers

from . import rival_model, space

PEER = pathlib.Path(__file__).resolve().parents[2] / "Benchmarks/training/peer.py"
TRAINING = {"batch_size": 32, "length_buckets": True}
PROBE_STEPS = 25


def load_peer():
    specification = importlib.util.spec_from_file_location("peer", PEER)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


class Rival:
    """A study with two objectives: accuracy on validation up, trained parameters down, in log10 as they are counted."""

    def __init__(self, request):
        self.peer, self.request = load_peer(), request
        torch.set_num_threads(request["threads"])
        tokenizer = transformers.AutoTokenizer.from_pretrained(request["model"])
        labels = sorted({row["label"] for row in self.peer.rows(request["train"])})
        classes = {label: index for index, label in enumerate(labels)}
        form = {"text": ["text"], "label": "label", "max_length": request["max_length"]}
        self.train, self.validation = (
            self.peer.examples(request[split], form, tokenizer, classes) for split in ("train", "validation"))
        self.base = rival_model.load_base(request["model"], len(classes))
        self.layers = self.base.config.num_hidden_layers
        began = time.monotonic()
        self.precision = request["precision"]
        if self.precision == "auto":
            self.precision = min(("float32", "bf16"), key=self.probe)
        self.probed = time.monotonic() - began

    def probe(self, precision):
        """Seconds of a few steps of LoRA in all maps; not part of the search's time."""
        ranks = {(layer, part): 8 for layer in range(self.layers) for part in space.PROJECTIONS}
        model = rival_model.build(self.base, space.Choice(ranks, (), (), "trained", 1e-3, 1), 0)
        settings = {"learning_rate": 1e-3, "epochs": 1, "steps": PROBE_STEPS, "seed": 0, "precision": precision}
        seconds, _ = self.peer.train(model, self.train, TRAINING | settings)
        return sum(seconds[len(seconds) // 3:])

    def evaluate(self, choice, seed):
        """Accuracy on validation and the number of trained parameters."""
        model = rival_model.build(self.base, choice, seed)
        settings = {
            "learning_rate": choice.learning_rate, "epochs": choice.epochs, "steps": None, "seed": seed,
            "precision": self.precision}
        try:
            self.peer.train(model, self.train, TRAINING | settings)
        except SystemExit:
            return None, rival_model.trained_numbers(model)
        return self.peer.accuracy(model, self.validation), rival_model.trained_numbers(model)

    def run(self):
        """Goes on with what the request brings; prints every trial with its second since the search began."""
        request = self.request
        study, before = self.study(), request["finished"]
        origin = time.monotonic() - before[-1]["seconds"] if before else request["started"] + self.probed
        for number in range(len(before), request["trials"]):
            trial = study.ask()
            choice = space.suggest(trial, request["encoding"], self.layers)
            accuracy, parameters = self.evaluate(choice, 1000 * request["seed"] + number)
            if accuracy is None:
                study.tell(trial, state=optuna.trial.TrialState.FAIL)
            else:
                study.tell(trial, (accuracy, math.log10(parameters)))
            print(json.dumps({
                "number": number, "accuracy": accuracy, "parameters": parameters, "assignment": choice.assignment(),
                "frozen": frozen(study.trials[number]), "precision": self.precision,
                "seconds": time.monotonic() - origin}), flush=True)

    def study(self):
        seed = self.request["seed"]
        sampler = optuna.samplers.GPSampler(
            seed=seed, independent_sampler=optuna.samplers.TPESampler(seed=seed), warn_independent_sampling=False)
        study = optuna.create_study(directions=["maximize", "minimize"], sampler=sampler)
        finished = self.request["finished"]
        for line in finished:
            study.add_trial(thawed(line))
        for opening in space.openings(self.request["encoding"], self.layers)[len(finished):]:
            study.enqueue_trial(opening)
        return study


def frozen(trial):
    """What Optuna needs to know this trial again."""
    forms = {name: optuna.distributions.distribution_to_json(form) for name, form in trial.distributions.items()}
    return {"params": trial.params, "distributions": forms, "values": trial.values}


def thawed(line):
    kept = line["frozen"]
    forms = {
        name: optuna.distributions.json_to_distribution(text) for name, text in kept["distributions"].items()}
    state = optuna.trial.TrialState.COMPLETE if kept["values"] else optuna.trial.TrialState.FAIL
    return optuna.trial.create_trial(
        params=kept["params"], distributions=forms, values=kept["values"], state=state)


def main():
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    warnings.filterwarnings("ignore")
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    Rival(json.loads(sys.stdin.read())).run()


if __name__ == "__main__":
    main()
