"""Runs what is missing in the results, seed by seed, one thing at a time: both sides want all cores."""

import dataclasses
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

from . import ours, scoring, space, study_file, tasks


@dataclasses.dataclass(frozen=True)
class Settings:
    """What the command line decided for all runs."""

    program: str
    model: pathlib.Path
    data: pathlib.Path
    examples: int
    trials: int
    threads: int
    precision: str
    search: dict


class Campaign:
    """Works in a folder that ends with it."""

    def __init__(self, settings, results, work):
        self.settings, self.results, self.work = settings, results, work

    def run(self, names, encodings, seeds):
        prepared = {
            name: tasks.prepare(name, self.settings.data, self.work / name, self.settings.examples) for name in names}
        for task in prepared.values():
            self.find_bounds(task)
        for seed in range(1, seeds + 1):
            for task in prepared.values():
                self.measure_ours(task, seed)
                for encoding in encodings:
                    self.measure_rival(task, encoding, seed)

    def identity(self, task, player, **more):
        return {"task": task.name, "player": player, "examples": task.train_examples, **more}

    def study_file(self, task, seed):
        settings = self.settings
        return study_file.write(
            self.work, task, settings.model, seed, settings.search, space.overrides())

    def find_bounds(self, task):
        identity = self.identity(task, "bounds")
        if not self.results.find("bounds", identity):
            with study_file.asking(self.settings.program, self.study_file(task, 1)) as process:
                self.results.add("bounds", identity, dataclasses.asdict(study_file.bounds(process, task)))

    def bounds(self, task):
        found = self.results.find("bounds", self.identity(task, "bounds"))[-1]
        return scoring.Bounds(**{field.name: found[field.name] for field in dataclasses.fields(scoring.Bounds)})

    def measure_ours(self, task, seed):
        settings, name = self.settings, f"{task.name}.ours"
        identity = self.identity(task, "ours", seed=seed, threads=settings.threads, search=settings.search)
        if self.results.find(name, identity):
            return
        print(f"ours: {task.name}, seed {seed}", file=sys.stderr, flush=True)
        # A short path: the private database listens on a socket in it. Cold each time: nothing is kept from before.
        folder = self.work / "d"
        measured = ours.run(
            settings.program, self.study_file(task, seed), f"{task.name}-{seed}", folder, settings.threads)
        shutil.rmtree(folder, ignore_errors=True)
        value = scoring.curve(self.bounds(task), measured["trials"])[-1][1]
        if abs(value - measured["hypervolume"]) > 1e-9:
            raise SystemExit(f"{task.name}: the program says hypervolume {measured['hypervolume']}, here it is {value}")
        self.results.add(name, identity, measured)

    def measure_rival(self, task, encoding, seed):
        settings, player = self.settings, f"optuna_{encoding}"
        name = f"{task.name}.{player}"
        identity = self.identity(task, player, seed=seed, threads=settings.threads)
        finished = self.results.find(name, identity)
        if len(finished) >= settings.trials:
            return
        print(f"{player}: {task.name}, seed {seed}, {len(finished)} trials are there", file=sys.stderr, flush=True)
        request = {
            "model": str(settings.model), "train": str(task.train), "validation": str(task.validation),
            "max_length": tasks.MAX_LENGTH, "encoding": encoding, "seed": seed, "trials": settings.trials,
            "threads": settings.threads, "started": time.monotonic(), "finished": finished,
            "precision": finished[0]["precision"] if finished else settings.precision}
        process = subprocess.Popen(
            [sys.executable, "-m", "bench_end_to_end.rival"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        try:
            process.stdin.write(json.dumps(request))
            process.stdin.close()
            for line in process.stdout:
                self.results.add(name, identity, json.loads(line))
        finally:
            if process.poll() is None and sys.exc_info()[0]:
                process.terminate()
            status = process.wait()
        if status:
            raise SystemExit(f"{player} ended with status {status}")
        self.verify(task, self.results.find(name, identity))

    def verify(self, task, lines):
        """Both engines mean the same by a configuration: they train as many numbers."""
        with study_file.asking(self.settings.program, self.study_file(task, 1)) as process:
            for line in lines:
                known = process.describe(line["assignment"]).known["trainable_parameters"]
                if known != line["parameters"]:
                    raise SystemExit(f"PyTorch trains {line['parameters']} numbers, we {known}: {line['assignment']}")


def run(settings, results, names, encodings, seeds):
    with tempfile.TemporaryDirectory(prefix="pe-") as folder:
        work = pathlib.Path(folder)
        # The private database may run under another account.
        work.chmod(0o755)
        Campaign(settings, results, work).run(names, encodings, seeds)
