"""Runs what is missing in the results: references of every task, then a search a seed."""

import dataclasses
import json
import pathlib
import shutil
import sys
import tempfile

from bench_end_to_end import ours, study_file, tasks

from . import finding, references


@dataclasses.dataclass(frozen=True)
class Settings:
    """What the command line decided for all runs."""

    program: str
    model: pathlib.Path
    data: pathlib.Path
    examples: int
    searched: int
    workers: int
    search: dict


class Campaign:
    """Works in a folder that ends with it."""

    def __init__(self, settings, results, work):
        self.settings, self.results, self.work = settings, results, work
        self.layers = json.loads((settings.model / "config.json").read_text())["num_hidden_layers"]

    def run(self, names, seeds):
        for name in names:
            task = tasks.prepare(name, self.settings.data, self.work / name, self.settings.examples)
            self.describe(task)
            for reference, rates in references.RATES.items():
                self.sweep(task, reference, rates, seeds)
            for seed in range(1, seeds + 1):
                self.search(task, seed)

    def identity(self, task, kind, **more):
        return {"task": task.name, "kind": kind, "examples": task.train_examples, **more}

    def study_file(self, task, seed):
        settings = self.settings
        trials = study_file.BASELINES + settings.searched
        return study_file.write(
            self.work, task, settings.model, seed, {**settings.search, "trials": trials}, "hybrid", with_test=True)

    def describe(self, task):
        """The bounds of the hypervolume, and how many examples are held out."""
        identity = self.identity(task, "task")
        if not self.results.find("tasks", identity):
            with study_file.asking(self.settings.program, self.study_file(task, 1)) as process:
                bounds = dataclasses.asdict(study_file.bounds(process, task))
            self.results.add(
                "tasks", identity, {"bounds": bounds, "test_examples": task.test_examples, "layers": self.layers})

    def sweep(self, task, reference, rates, seeds):
        """All rates with the first seed, one more beyond a best one at the end, the best of all with the others."""
        lines = [self.train(task, reference, rate, 1) for rate in rates]
        beyond = references.rate_beyond(references.best_rate(lines), rates)
        if beyond is not None:
            lines.append(self.train(task, reference, beyond, 1))
        best = references.best_rate(lines)
        for seed in range(2, seeds + 1 if best is not None else 2):
            self.train(task, reference, best, seed)

    def train(self, task, reference, rate, seed):
        name = f"{task.name}.references"
        identity = self.identity(task, reference, rate=rate, seed=seed)
        if not self.results.find(name, identity):
            print(f"{reference} at {rate:g}: {task.name}, seed {seed}", file=sys.stderr, flush=True)
            chosen = references.configuration(reference, self.layers, rate)
            measured = references.train(
                self.settings.program, self.study_file(task, seed), chosen, seed, self.work / "kept") or {}
            names = ("accuracy", "loss", "test_accuracy", "trainable_parameters", "flops_per_example", "train_seconds")
            self.results.add(name, identity, {name: measured.get(name) for name in names})
        return self.results.find(name, identity)[-1]

    def search(self, task, seed):
        settings, name = self.settings, f"{task.name}.searches"
        identity = self.identity(
            task, "search", seed=seed, search=settings.search, searched=settings.searched, workers=settings.workers)
        if self.results.find(name, identity):
            return
        print(f"search: {task.name}, seed {seed}", file=sys.stderr, flush=True)
        path, folder = self.study_file(task, seed), self.work / "d"
        measured = ours.run(settings.program, path, f"{task.name}-{seed}", folder, settings.workers)
        best = finding.best(measured)
        if best is not None and best["test_accuracy"] is None:
            again = references.train(settings.program, path, best["configuration"], best["seed"], folder)
            if again["accuracy"] != best["accuracy"]:
                raise SystemExit(f"trial {best['number']} of {task.name}-{seed} was not trained to the same bits again")
            best["test_accuracy"] = again["test_accuracy"]
        shutil.rmtree(folder, ignore_errors=True)
        self.results.add(name, identity, {**measured, "best": best})


def run(settings, results, names, seeds):
    with tempfile.TemporaryDirectory(prefix="pe-") as folder:
        work = pathlib.Path(folder)
        # The private database may run under another account.
        work.chmod(0o755)
        Campaign(settings, results, work).run(names, seeds)
