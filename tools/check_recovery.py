#!/usr/bin/env python3
"""Kills a search over and over and checks that its result is that of an undisturbed one.

    tools/check_recovery.py [--program FILE] [--trials N] [--kills N] [--workers N,...] [--seed N]
                            [--lease SECONDS] [--keep]

For each number of workers the study runs once in peace and once in storm: the worker, the run itself and the
database server are killed with SIGKILL, each --kills times, at seeded moments; a run that ended is given
again. Then every trial must have finished exactly once, trials and front must equal those of the first run
in peace, and no process may be left. Prints a table; exit status 1 on a difference. What is compared leaves
out what a kill may change: the number of attempts, and observed measurements. Needs the standard library and
the built program.
"""

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path

MARKER = "PEFTSEARCH_RECOVERY_CHECK"
PACE = "PEFTSEARCH_RECOVERY_PACE"
PATIENCE = 180
TRAINER = """\
import json, os, random, sys, time
request = json.load(sys.stdin)
trial, settings = request["trial"], request["trial"]["configuration"]
pace = random.Random(trial["number"])
factor = float(os.environ["PEFTSEARCH_RECOVERY_PACE"])
for step in range(1, 4):
    time.sleep(pace.uniform(0.05, 0.2) * factor)
    print(json.dumps({"report": {"step": step, "metrics": {"score": step / 3}}}), flush=True)
size = settings.get("rank", settings.get("width", 1))
score = 1 / (1 + abs(settings["rate"] - 0.1)) - 1 / (3 + size) + trial["seed"] % 97 / 9700
print(json.dumps({"result": {"metrics": {"score": score, "size": size}}}), flush=True)
"""
STUDY = """\
study: recovery
seed: 11
engine: {command: [python3, train.py]}
objectives:
  - maximize: score
    reference: {worst: 0, best: 1}
  - minimize: size
    reference: {worst: 100, best: 1, scale: log10}
space:
  parameters:
    method: {choice: [low_rank, wide]}
    rank: {int: [1, 32], scale: log2, when: {method: low_rank}}
    width: {int: [8, 64], when: {method: wide}}
    rate: {float: [0.001, 1], scale: log}
search: {strategy: auto, trials: TRIALS, parallelism: 4}
"""


class Search:
    """One data folder, and the runs of the study in it."""

    def __init__(self, options, folder, name, workers):
        self.options, self.workers, self.study = options, workers, folder / "study.yaml"
        self.data = folder / f"{name}-{workers}"
        self.log = folder / f"{name}-{workers}.log"
        self.mark = uuid.uuid4().hex
        self.process = None

    def environment(self):
        clean = {k: v for k, v in os.environ.items() if k != "DATABASE_URL" and not k.startswith("PG")}
        # More workers get longer trials, so that the kills come before the end.
        return clean | {MARKER: self.mark, PACE: str(self.workers / 2)}

    def start(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [self.options.program, "run", self.study, "--workers", str(self.workers)]
                + ["--data-dir", self.data]
                + (["--lease", str(self.options.lease)] if self.options.lease else []),
                env=self.environment(), stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def ask(self, *words):
        done = subprocess.run(
            [self.options.program, *words, "--data-dir", self.data], env=self.environment(),
            capture_output=True, text=True, timeout=PATIENCE, check=True)
        return done.stdout

    def finished(self):
        """How many trials ended, as the log tells."""
        if not self.log.exists():
            return 0
        lines = self.log.read_text(errors="replace").splitlines()
        return len({line.split()[1] for line in lines if line.startswith("trial ") and "trials" in line})

    def marked(self):
        """Our processes, those of the database excepted: it gets a clean environment."""
        needle = f"{MARKER}={self.mark}".encode()
        found = {}
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                if needle in (entry / "environ").read_bytes().split(b"\0"):
                    found[int(entry.name)] = (entry / "cmdline").read_bytes().split(b"\0")
            except OSError:
                pass
        return found

    def worker(self):
        return next((p for p, words in self.marked().items() if b"worker" in words[1:2]), None)

    def server(self):
        try:
            return int((self.data / "pgdata/postmaster.pid").read_text().split()[0])
        except (OSError, ValueError, IndexError):
            return None

    def target(self, kind):
        return {"worker": self.worker, "run": lambda: self.process.pid, "database": self.server}[kind]()


def wait(condition, seconds=PATIENCE):
    """The seconds until the condition held, or None."""
    start = time.monotonic()
    while time.monotonic() - start < seconds:
        if condition():
            return time.monotonic() - start
        time.sleep(0.02)
    return None


def alive(process):
    try:
        state = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0]
        return state != "Z"
    except OSError:
        return False


def kill(search, kind, generator):
    """One kill and what came of it: a row of the table, and what is wrong."""
    search.process.poll()
    if search.process.returncode is not None:
        return None, []
    wait(lambda: search.target(kind) is not None and search.server() is not None)
    time.sleep(generator.uniform(0.1, 1.2))
    victim, before = search.target(kind), search.finished()
    if victim is None or search.process.poll() is not None:
        return None, []
    os.kill(victim, signal.SIGKILL)
    problems, again = [], kind == "run"
    if again:
        search.process.wait()
        if wait(lambda: not search.marked(), 15) is None:
            problems.append(f"after the kill of {kind} these live on: {search.marked()}")
        search.start()
    else:
        wait(lambda: not alive(victim), 10)
    recovered = wait(lambda: search.finished() > before or search.process.poll() is not None)
    if search.process.poll() not in (None, 0):
        problems.append(f"run ended with {search.process.returncode} after the kill of {kind}")
        again = True
        search.start()
        recovered = wait(lambda: search.finished() > before or search.process.poll() is not None)
    if recovered is None:
        problems.append(f"nothing went on within {PATIENCE} s after the kill of {kind}")
    shown = "-" if recovered is None else f"{recovered:.1f} s"
    return (kind, str(before), "the same command" if again else "by itself", shown), problems


def compared(search):
    """Trials and front as text, less what a kill may change."""
    def plain(trial):
        for name, kind in trial.pop("kinds", {}).items():
            if kind == "observed":
                trial["measurements"].pop(name)
                trial["values"].pop(name, None)
                trial["methods"].pop(name)
        trial.pop("attempts")
        return json.dumps(trial, sort_keys=True)

    lines = search.ask("trials", "recovery", "--format", "jsonl").splitlines()
    return [plain(json.loads(line)) for line in lines], search.ask("front", "recovery", "--format", "json")


def histories(search, count):
    """What is wrong with the attempts, and how many of them there were."""
    problems, attempts = [], 0
    for number in range(count):
        trial = json.loads(search.ask("trial", "recovery", str(number), "--format", "json"))
        outcomes = [attempt["outcome"] for attempt in trial["attempt_history"]]
        attempts += len(outcomes)
        if trial["state"] != "done" or outcomes.count("finished") != 1 or "running" in outcomes:
            problems.append(f"trial {number} is {trial['state']} after {', '.join(outcomes)}")
    return problems, attempts


def undisturbed(options, folder, workers):
    search = Search(options, folder, "peace", workers)
    start = time.monotonic()
    try:
        search.start()
        search.process.wait(timeout=600)
        return compared(search), time.monotonic() - start
    finally:
        end(search)


def disturbed(options, folder, workers, expected):
    """The rows of the table, how many attempts there were, and what is wrong."""
    search = Search(options, folder, "storm", workers)
    try:
        search.start()
        rows, problems = storm(search, random.Random(options.seed * 1000 + workers))
        search.process.wait(timeout=600)
        if search.process.returncode:
            search.start()
            search.process.wait(timeout=600)
        problems += differences(compared(search), expected)
        wrong, attempts = histories(search, options.trials)
        problems += wrong
        if wait(lambda: not search.marked(), 15) is None:
            problems.append(f"left at the end: {search.marked()}")
        return rows, attempts, problems
    finally:
        end(search)


def storm(search, generator):
    kinds = ["worker", "run", "database"] * search.options.kills
    generator.shuffle(kinds)
    rows, problems = [], []
    for kind in kinds:
        row, wrong = kill(search, kind, generator)
        problems += wrong
        if row:
            rows.append(row)
    if len(rows) < len(kinds):
        problems.append(
            f"only {len(rows)} of {len(kinds)} kills came before the end: --trials with a larger number")
    return rows, problems


def end(search):
    for process in search.marked():
        os.kill(process, signal.SIGKILL)
    search.ask("database", "stop")


def differences(found, expected):
    problems = []
    if len(found[0]) != len(expected[0]):
        problems.append(f"{len(found[0])} trials instead of {len(expected[0])}")
    for number, (a, b) in enumerate(zip(found[0], expected[0])):
        if a != b:
            problems.append(f"trial {number} differs:\n  in peace {b}\n  in storm {a}")
    if found[1] != expected[1]:
        problems.append("the fronts differ")
    return problems


def counts(text):
    numbers = [int(word) for word in text.split(",")]
    if not all(1 <= number <= 1024 for number in numbers):
        raise ValueError(text)
    return numbers


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", type=Path, default=Path(".build/release/peftsearch"))
    parser.add_argument("--trials", type=int, default=40)
    parser.add_argument("--kills", type=int, default=3, help="of each of worker, run and database")
    parser.add_argument("--workers", type=counts, default=[1, 2, 5], help="numbers of workers, as in 1,2,5")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--lease", type=float, help="of the workers, in seconds; the default is the program's")
    parser.add_argument("--keep", action="store_true", help="keep the folder with the logs")
    options = parser.parse_args()
    options.program = options.program.resolve()
    return options


def check(options, folder):
    """Prints the table and returns what is wrong."""
    problems, expected = [], None
    for workers in options.workers:
        found, seconds = undisturbed(options, folder, workers)
        expected = expected or found
        problems += [f"{workers} workers in peace: {text}" for text in differences(found, expected)]
        print(f"{workers} workers in peace: {options.trials} trials in {seconds:.1f} s", flush=True)
        start = time.monotonic()
        rows, attempts, wrong = disturbed(options, folder, workers, expected)
        problems += [f"{workers} workers in storm: {text}" for text in wrong]
        print(f"{workers} workers in storm: {options.trials} trials in {attempts} attempts"
              f" in {time.monotonic() - start:.1f} s\n")
        print(f"  {'killed':10} {'trials done':>11}  {'went on':18} {'next trial after':>16}")
        for kind, before, how, after in rows:
            print(f"  {kind:10} {before:>11}  {how:18} {after:>16}")
        print(flush=True)
    return problems


def main():
    options = arguments()
    folder = Path(tempfile.mkdtemp(prefix="peftsearch-recovery-"))
    # The database's account must be able to pass through.
    folder.chmod(0o755)
    (folder / "train.py").write_text(TRAINER)
    (folder / "study.yaml").write_text(STUDY.replace("TRIALS", str(options.trials)))
    problems = check(options, folder)
    for problem in problems:
        print(f"WRONG: {problem}")
    if options.keep:
        print(f"logs: {folder}")
    else:
        shutil.rmtree(folder, ignore_errors=True)
    if not problems:
        print("same trials, same front, every trial finished once, nothing left running")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
