#!/usr/bin/env python3
"""Runs a search on a real Slurm of its own, kills what there is to kill, and compares with an undisturbed run.

    tools/check_slurm.py [--program FILE] [--trials N] [--kills N] [--seed N] [--keep]

Slurm runs on this machine with two virtual nodes (tools/slurm_single_node.sh); needs root, the packages
slurm-wlm and munge, the standard library and the built program. `peftsearch workers submit --slurm` starts
four workers, and --kills times each, at seeded moments: the search's controller gets SIGKILL, a node dies
with all that runs on it, Slurm's controller gets SIGKILL, a job gets SIGKILL, a job is told that its time is
up, and a job is cancelled. Jobs that Slurm does not bring back are submitted again, as a person would. Then
every trial must have finished exactly once, and trials and front must equal those of `peftsearch run`.
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
from pathlib import Path

from check_recovery import (
    MARKER, PACE, PATIENCE, STUDY, TRAINER, Search, compared, differences, end, histories, undisturbed, wait)

WORKERS = 4
SLURM = Path(__file__).with_name("slurm_single_node.sh")


class Cluster(Search):
    """A Slurm, a store, a controller, and the workers that were submitted."""

    def __init__(self, options, folder):
        super().__init__(options, folder, "slurm", WORKERS)
        self.folder, self.base = folder, folder / "slurm"
        self.jobs, self.kept = [], 0

    def environment(self):
        port = 20_000 + os.getpid() % 20_000
        return super().environment() | {
            "SLURM_CONF": str(self.base / "slurm.conf"), "SLURM_BASE": str(self.base),
            "CTLD_PORT": str(port), "SLURMD_PORT0": str(port + 1)}

    def slurm(self, *words):
        with open(self.folder / "slurm.log", "ab") as log:
            return subprocess.run(
                ["bash", SLURM, *words], env=self.environment(), stdin=subprocess.DEVNULL, stdout=log,
                stderr=log).returncode

    def call(self, *words):
        """What a command of Slurm says; nothing when its controller is away."""
        done = subprocess.run(words, env=self.environment(), capture_output=True, text=True)
        return done.stdout.strip()

    def start(self):
        if self.slurm("start") != 0:
            sys.exit(f"Slurm does not start: {(self.folder / 'slurm.log').read_text()[-2000:]}")
        self.ask("study", "create", str(self.study))
        self.address = self.ask("database", "url").strip()
        secret = self.folder / "worker.env"
        secret.write_text(f"{MARKER}={self.mark}\n{PACE}=4\n")
        secret.chmod(0o600)
        self.control()
        self.submit(WORKERS)

    def control(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [self.options.program, "controller", "--study", "recovery", "--data-dir", self.data],
                env=self.environment(), stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def submit(self, count):
        done = subprocess.run(
            [self.options.program, "workers", "submit", "--slurm", "--count", str(count), "--database",
             self.address, "--data-dir", self.folder / "workers", "--logs", self.folder,
             "--environment-file", self.folder / "worker.env", "--", "--study", "recovery", "--lease", "5"],
            env=self.environment(), capture_output=True, text=True)
        if done.returncode == 0:
            self.jobs.append(done.stdout.strip())

    def finished(self):
        studies = json.loads(self.ask("study", "list", "--format", "json"))
        return studies[0]["done"]

    def tasks(self, *states):
        """The tasks that are in one of the states: JOB_TASK, node, and why they wait."""
        states = ",".join(states or ("PENDING", "RUNNING", "COMPLETING"))
        listed = self.call("squeue", "-h", "-r", "-t", states, "-o", "%i|%N|%r")
        return [line.split("|") for line in listed.splitlines()]

    def busy(self):
        """Those whose worker has a trial in hand."""
        def last(name):
            path = self.folder / f"peftsearch-{name}.log"
            return (path.read_text(errors="replace").splitlines() or [""])[-1] if path.exists() else ""
        return [(name, node) for name, node, _ in self.tasks("RUNNING") if last(name).startswith("slot ")]

    def tend(self):
        """What a person does who looks after it: releases, resumes, submits what is gone."""
        if not self.call("sinfo", "-h"):
            return
        for name, _, reason in self.tasks("PENDING"):
            if "held" in reason.lower():
                self.call("scontrol", "release", name)
        for line in self.call("sinfo", "-h", "-N", "-o", "%N %T").splitlines():
            node, state = line.split()
            if "drain" in state:
                self.call("scontrol", "update", f"nodename={node}", "state=resume")
        missing = WORKERS - len(self.tasks())
        if missing > 0 and self.process.poll() is None:
            self.submit(missing)
            self.kept += missing


def strike(cluster, kind, generator):
    """One fault; false if there was nothing to hit."""
    busy = []
    wait(lambda: busy.extend(cluster.busy()) or busy or cluster.process.poll() is not None, 60)
    if kind == "controller":
        cluster.process.kill()
        cluster.process.wait()
        cluster.control()
    elif kind == "slurmctld":
        cluster.slurm("kill-controller")
        time.sleep(1)
        cluster.slurm("start")
    elif not busy:
        return False
    elif kind == "node":
        cluster.slurm("kill-node", generator.choice(busy)[1].removeprefix("n"))
        time.sleep(1)
        cluster.slurm("start")
    else:
        words = {"job": ["--signal=KILL", "--full"], "time": ["--signal=USR1", "--batch"], "cancel": []}[kind]
        cluster.call("scancel", *words, generator.choice(busy)[0])
    return True


def storm(cluster, generator):
    kinds = ["controller", "node", "slurmctld", "job", "time", "cancel"] * cluster.options.kills
    generator.shuffle(kinds)
    rows, problems = [], []
    for kind in kinds:
        if cluster.process.poll() is not None:
            problems.append(f"over after {len(rows)} of {len(kinds)} kills: --trials with a larger number")
            break
        before = cluster.finished()
        wait(lambda: cluster.tend() or cluster.finished() > before or cluster.process.poll() is not None)
        time.sleep(generator.uniform(0.2, 2))
        before = cluster.finished()
        if not strike(cluster, kind, generator):
            problems.append(f"no job ran for a kill of kind {kind}")
            continue
        recovered = wait(
            lambda: cluster.tend() or cluster.finished() > before or cluster.process.poll() is not None)
        if recovered is None:
            problems.append(f"nothing went on within {PATIENCE} s after {kind}")
        rows.append((kind, before, recovered))
        print(f"  {kind:12} {before:>11}  {'-' if recovered is None else f'{recovered:.1f} s':>16}", flush=True)
    return rows, problems


def check(options, folder):
    expected, seconds = undisturbed(options, folder, WORKERS)
    print(f"peftsearch run, {WORKERS} slots: {options.trials} trials in {seconds:.1f} s", flush=True)
    cluster = Cluster(options, folder)
    start = time.monotonic()
    try:
        cluster.start()
        print(f"on Slurm, 2 nodes, {WORKERS} workers:\n  {'hit':12} {'trials done':>11}  {'next trial after':>16}")
        _, problems = storm(cluster, random.Random(options.seed))
        if wait(lambda: cluster.tend() or cluster.process.poll() is not None, 900) is None:
            problems.append("the study is not complete after 900 s more")
        seconds = time.monotonic() - start
        for job in cluster.jobs:
            cluster.call("scancel", job)
        if wait(lambda: not cluster.tasks(), 60) is None:
            problems.append(f"these jobs live on: {cluster.tasks()}")
        cluster.slurm("stop")
        if wait(lambda: not cluster.marked(), 15) is None:
            problems.append(f"left at the end: {cluster.marked()}")
        problems += differences(compared(cluster), expected)
        wrong, attempts = histories(cluster, options.trials)
        logs = "".join(path.read_text(errors="replace") for path in folder.glob("peftsearch-*.log"))
        print(f"{options.trials} trials in {attempts} attempts in {seconds:.1f} s; {logs.count(' given back')}"
              f" given back, {logs.count(' is ready')} starts of workers, {cluster.kept} submitted again")
        return problems + wrong
    finally:
        cluster.slurm("stop")
        end(cluster)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", type=Path, default=Path(".build/release/peftsearch"))
    parser.add_argument("--trials", type=int, default=200)
    parser.add_argument("--kills", type=int, default=3, help="of each kind")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", action="store_true", help="keep the folder with the logs")
    options = parser.parse_args()
    options.program, options.lease = options.program.resolve(), None
    missing = [name for name in ("sbatch", "munge") if not shutil.which(name)]
    if missing or os.geteuid() != 0:
        sys.exit("needs root and Slurm\n  try: apt-get install -y --no-install-recommends slurm-wlm munge")
    folder = Path(tempfile.mkdtemp(prefix="peftsearch-slurm-"))
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
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    sys.exit(main())
