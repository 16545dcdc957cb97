#!/usr/bin/env python3
"""Every fine-tuning method beside the others, each at its own learning rate.

    tools/compare_methods.py --model DIR --data DIR [--only 'lora/*'] [--tasks trec,banking77]
    tools/compare_methods.py --render

For every configuration of Benchmarks/methods/configurations and every task: `peftsearch train --test` with seed
0 at the file's learning rate, a third and three times of it; if the best of them lies at an end, one rate more
beyond that. The best rate is then trained with seeds 1 and 2. Accuracy on validation decides, that on test only
enters the page.

--data has a folder for each task: trec with train.jsonl and test.jsonl (`text`, `label`), banking77 with
train.csv and test.csv (`text`, `category`). A tenth of the training file is for validation; of banking77 2,500
of the rest are trained on, a quarter of the file. One epoch of trec and two of banking77 are about 310 steps.

Each run that ends is appended to --results, so the same command goes on after an interruption, and two of it may
run side by side on different --tasks. --render writes docs/method-comparison.md of the committed results and
runs nothing. Fields are named as in the method_comparison of Hugging Face PEFT; accelerator_memory_max is the
resident memory of the training process, train_time is CPU time.

A new method is a new file in the folder of configurations. Needs the standard library only.
"""

import argparse
import datetime
import fnmatch
import hashlib
import json
import math
import os
import pathlib
import platform
import signal
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
FOLDER = ROOT / "Benchmarks/methods"
PAGE = ROOT / "docs/method-comparison.md"
SEEDS = (0, 1, 2)
# Of study files.
TASKS = {
    "trec": {"train": "train.jsonl", "test": "test.jsonl", "text": "text", "label": "label"},
    "banking77": {
        "train": "train.csv", "test": "test.csv", "text": "text", "label": "category", "train_examples": 2500},
}
EPOCHS = {"trec": 1, "banking77": 2}
TEST_EXAMPLES = {"trec": 500, "banking77": 3080}
LENGTH = 64
BEGIN, END = "<!-- begin: tools/compare_methods.py --render -->", "<!-- end -->"


def experiments():
    """Name and configuration of each, one of every folder before the second of any."""
    found = []
    for folder in sorted(path for path in (FOLDER / "configurations").iterdir() if path.is_dir()):
        for place, path in enumerate(sorted(folder.glob("*.json"), key=lambda path: path.stem)):
            found.append((place, f"{folder.name}/{path.stem}", json.loads(path.read_text())))
    return [(name, configuration) for _, name, configuration in sorted(found, key=lambda one: one[:2])]


def digest(value):
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:16]


class Results:
    """A file of JSON lines, one a run."""

    def __init__(self, path):
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        self.path, self.runs = path, {run["key"]: run for run in map(json.loads, lines)}

    def add(self, run):
        self.runs[run["key"]] = run
        with open(self.path, "a", encoding="utf-8") as file:
            file.write(json.dumps(run) + "\n")


class Accident(Exception):
    """A run that ended without a result; nothing is kept of it."""


class Comparison:
    def __init__(self, arguments, work):
        self.program, self.data, self.work = str(arguments.program), arguments.data.resolve(), work
        self.model, self.results = arguments.model.resolve(), Results(arguments.results)
        self.identities = {task: self.write_study(task) for task in TASKS}
        self.system = {
            "processor": processor(), "cores": os.cpu_count(), "system": platform.system(),
            "release": platform.release()}
        self.compute_class = self.find_compute_class()

    def write_study(self, task):
        """Returns what the task is, for keys."""
        columns = {**TASKS[task], "validation": 0.1, "max_length": LENGTH}
        files = {split: self.data / task / columns[split] for split in ("train", "test")}
        missing = [path for path in files.values() if not path.exists()]
        if missing:
            sys.exit(f"{missing[0]} is not there\n  try: --data, the folder that has {task}/{missing[0].name}")
        study = {
            "study": task, "seed": 0, "model": str(self.model),
            "task": {**columns, **{split: str(path) for split, path in files.items()}}}
        # JSON is YAML.
        (self.work / f"{task}.yaml").write_text(json.dumps(study))
        files["model"] = self.model / "model.safetensors"
        return {**columns, **{name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in files.items()}}

    def find_compute_class(self):
        """Of this program on this machine, by a run of two examples: it is part of every key."""
        (self.work / "two.tsv").write_text("text\tlabel\none\ta\ntwo\tb\n")
        (self.work / "two.yaml").write_text(json.dumps({
            "study": "two", "model": str(self.model),
            "task": {"train": "two.tsv", "validation": "two.tsv", "text": "text", "label": "label"}}))
        (self.work / "two.json").write_text('{"training": {"epochs": 1}}')
        result, error = self.train("two", "two.json", 0)
        if result is None:
            sys.exit(f"{self.program} cannot train:\n{error}")
        return result["compute_class"]

    def train(self, study, configuration, seed, *options):
        """What it printed, or nothing and why."""
        child = subprocess.run(
            [self.program, "train", f"{study}.yaml", "--configuration", configuration, "--seed", str(seed),
             "--format", "json", "--data-dir", "kept", *options],
            cwd=self.work, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if child.returncode == 0:
            return json.loads(child.stdout), ""
        # Bad input or a training that diverged is a result; anything else is an accident.
        if child.returncode != 65:
            raise Accident(f"{study}: status {child.returncode}\n{child.stderr}")
        return None, child.stderr.strip()[-2000:]

    def measure(self, name, configuration, task, seed, rate):
        training = {**configuration["training"], "learning_rate": rate, "epochs": EPOCHS[task]}
        configuration = {**configuration, "training": training}
        key = digest([configuration, self.identities[task], seed, self.compute_class])
        if key not in self.results.runs:
            self.results.add({"key": key, **self.run(name, configuration, task, seed)})
        return self.results.runs[key]

    def run(self, name, configuration, task, seed):
        (self.work / "configuration.json").write_text(json.dumps(configuration))
        start = time.monotonic()
        result, error = self.train(task, "configuration.json", seed, "--test")
        training = configuration["training"]
        run = {
            "task_name": task, "experiment_name": name, "peft_type": peft_type(name),
            "model_id": self.model.name, "status": "success" if result else "failed",
            "train_config": {
                "seed": seed, "epochs": training["epochs"], "batch_size": training["batch_size"],
                "max_seq_length": LENGTH, "optimizer_kwargs": {"lr": training["learning_rate"]}},
            "total_time": round(time.monotonic() - start, 2), "compute_class": self.compute_class,
            "system_info": self.system,
            "created_at": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        }
        if result is None:
            return {**run, "error_msg": error}
        measured = result["measurements"]
        return {
            **run, "valid_accuracy": measured["accuracy"], "valid_loss": measured["loss"],
            "test_accuracy": measured["test_accuracy"], "train_time": round(measured["train_seconds"], 2),
            "num_trainable_params": int(measured["trainable_parameters"]),
            "file_size": int(measured["adapter_bytes"]),
            "accelerator_memory_max": int(measured["peak_memory_bytes"]),
        }

    def compare(self, name, configuration, task):
        """Tunes the learning rate, then trains the best with every seed."""
        center = configuration["training"]["learning_rate"]
        runs = {rate: self.measure(name, configuration, task, SEEDS[0], rate) for rate in around(center)}
        best = best_rate(runs)
        beyond = {min(runs): center / 9, max(runs): center * 9}.get(best)
        if beyond is not None:
            rate = legible(beyond)
            runs[rate] = self.measure(name, configuration, task, SEEDS[0], rate)
            best = best_rate(runs)
        if best is None:
            print(f"{name}, {task}: no learning rate worked", file=sys.stderr)
            return
        finals = [self.measure(name, configuration, task, seed, best) for seed in SEEDS]
        tests = " ".join(f"{run['test_accuracy']:.4f}" if "test_accuracy" in run else "failed" for run in finals)
        print(f"{name}, {task}: {tests} at {best:g}", flush=True)


def legible(rate):
    return float(f"{rate:.2g}")


def around(center):
    return [legible(center / 3), center, legible(center * 3)]


def best_rate(runs):
    """By accuracy on validation, then by loss there; None where all failed."""
    done = {rate: run for rate, run in runs.items() if run["status"] == "success"}
    return max(done, key=lambda rate: (done[rate]["valid_accuracy"], -done[rate]["valid_loss"]), default=None)


def peft_type(name):
    folder = name.split("/")[0]
    return folder if folder == "full-finetuning" else folder.replace("-", "_").upper()


def processor():
    for line in open("/proc/cpuinfo", encoding="utf-8"):
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


class Summary:
    """A configuration on a task: its best rate and the runs of that."""

    def __init__(self, runs):
        rates = {}
        for run in runs:
            if run["train_config"]["seed"] == SEEDS[0]:
                rates[run["train_config"]["optimizer_kwargs"]["lr"]] = run
        self.rate = best_rate(rates)
        self.is_at_end = len(rates) > 1 and self.rate in (min(rates), max(rates))
        self.finals = [
            run for run in runs
            if run["train_config"]["optimizer_kwargs"]["lr"] == self.rate and "test_accuracy" in run]

    @property
    def is_complete(self):
        return {run["train_config"]["seed"] for run in self.finals} == set(SEEDS)

    def mean(self, field):
        return statistics.mean(run[field] for run in self.finals)

    def deviation(self, field):
        return statistics.stdev(run[field] for run in self.finals)


def summaries(runs, task):
    """Of the complete ones, the most accurate first, and the names of the others."""
    latest = {}
    for run in sorted(runs, key=lambda run: run["created_at"]):
        if run["task_name"] == task:
            # Runs of two versions of the program are two experiments: the newer one counts once it is complete.
            classes = latest.setdefault(run["experiment_name"], {})
            one = classes.setdefault(run["compute_class"], {})
            one[json.dumps(run["train_config"], sort_keys=True)] = run
    complete, missing = {}, []
    for name, _ in experiments():
        candidates = [Summary(list(one.values())) for one in latest.get(name, {}).values()]
        whole = [summary for summary in candidates if summary.is_complete]
        if whole:
            complete[name] = whole[-1]
        else:
            missing.append(name)
    ordered = sorted(complete.items(), key=lambda one: (-one[1].mean("test_accuracy"), one[0]))
    return dict(ordered), missing


def front(rows):
    """The names that no other beats in both accuracy and trained parameters."""
    points = {
        name: (row.mean("test_accuracy"), -row.mean("num_trainable_params")) for name, row in rows.items()}
    return {
        name for name, point in points.items()
        if not any(all(a >= b for a, b in zip(other, point)) and other != point for other in points.values())}


def table(rows):
    head = rows["head_only/pooler"].mean("num_trainable_params") if "head_only/pooler" in rows else None
    best = front(rows)
    lines = [
        "| experiment_name | peft_type | test_accuracy | valid_accuracy | lr | num_trainable_params | without head "
        "| train_time, s | accelerator_memory_max, MiB | file_size, KiB |",
        "|---|---|---|---|---|---|---|---|---|---|"]
    for name, row in rows.items():
        parameters = round(row.mean("num_trainable_params"))
        beside = "" if head is None else f"{parameters - round(head):,}"
        label = f"**{name}**" if name in best else name
        lines.append(
            f"| {label} | {row.finals[0]['peft_type']} "
            f"| {100 * row.mean('test_accuracy'):.1f} ± {100 * row.deviation('test_accuracy'):.1f} "
            f"| {100 * row.mean('valid_accuracy'):.1f} | {row.rate:g}{' *' if row.is_at_end else ''} "
            f"| {parameters:,} | {beside} | {row.mean('train_time'):.1f} "
            f"| {row.mean('accelerator_memory_max') / 2**20:.0f} | {row.mean('file_size') / 2**10:.0f} |")
    return "\n".join(lines)


def verdict(rows, examples):
    """How many rows cannot be told from the best, and which of them trains least."""
    accuracy = {name: row.mean("test_accuracy") for name, row in rows.items()}
    first = next(iter(rows))
    best = accuracy[first]
    interval = 1.96 * math.sqrt(best * (1 - best) / examples)
    near = [name for name in rows if accuracy[name] >= best - interval]
    least = min(near, key=lambda name: rows[name].mean("num_trainable_params"))
    return (
        f"{len(near)} of {len(rows)} rows lie within {100 * interval:.1f} points of the best, half the width of its "
        f"95 % interval on {examples:,} examples. Of these {least} trains the fewest parameters, "
        f"{round(rows[least].mean('num_trainable_params')):,}, "
        f"{100 * (best - accuracy[least]):.1f} points below {first}.")


def conditions(runs):
    """What the page says of machine, program and settings, out of the runs."""
    def values(pick):
        return ", ".join(sorted({str(pick(run)) for run in runs}))
    return (
        f"{len(runs)} runs of `{values(lambda run: run['compute_class'])}`, one thread each, on "
        f"{values(lambda run: run['system_info']['processor'])} "
        f"({values(lambda run: run['system_info']['cores'])} cores). Epochs: "
        f"{values(lambda run: run['train_config']['epochs'])}; batch size "
        f"{values(lambda run: run['train_config']['batch_size'])}; at most "
        f"{values(lambda run: run['train_config']['max_seq_length'])} tokens.")


def tables(results):
    runs = list(results.runs.values())
    parts = [conditions(runs)] if runs else []
    for task in TASKS:
        rows, missing = summaries(runs, task)
        parts.append(f"### {task}")
        if rows:
            parts += [table(rows), verdict(rows, TEST_EXAMPLES[task])]
        if missing:
            parts.append("Not run, or not to the end: " + ", ".join(missing) + ".")
    return "\n\n".join(parts)


def render(results):
    """The page with what stands between the marks written anew."""
    before, rest = PAGE.read_text(encoding="utf-8").split(BEGIN)
    after = rest.split(END)[1]
    return f"{before}{BEGIN}\n\n{tables(results)}\n\n{END}{after}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=pathlib.Path, help="a Hugging Face folder")
    parser.add_argument("--data", type=pathlib.Path, help="has trec/ and banking77/")
    parser.add_argument("--only", default="*", help="names of experiments, with * and ?")
    parser.add_argument("--tasks", default=",".join(TASKS))
    parser.add_argument("--results", type=pathlib.Path, default=FOLDER / "results.jsonl")
    parser.add_argument("--program", type=pathlib.Path, default=ROOT / ".build/release/peftsearch")
    parser.add_argument("--render", action="store_true", help="write the page of the results, run nothing")
    arguments = parser.parse_args()
    tasks = arguments.tasks.split(",")
    unknown = [task for task in tasks if task not in TASKS]
    if unknown:
        sys.exit(f"--tasks: {unknown[0]} is none of {', '.join(TASKS)}")
    if arguments.render:
        PAGE.write_text(render(Results(arguments.results)), encoding="utf-8")
        return
    if not (arguments.model and arguments.data):
        sys.exit("--model and --data are needed\n  try: make compare-methods DATA=FOLDER")
    # subprocess ends its child on the way out.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    arguments.program = arguments.program.resolve()
    with tempfile.TemporaryDirectory() as name:
        comparison = Comparison(arguments, pathlib.Path(name))
        for name, configuration in experiments():
            for task in tasks:
                if not fnmatch.fnmatch(name, arguments.only):
                    continue
                try:
                    comparison.compare(name, configuration, task)
                except Accident as accident:
                    print(f"{name}, {accident}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
