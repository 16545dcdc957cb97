"""A study killed whole, database included, at 1, 37 and 99 %, and gone on with by another number of workers."""

import os
import pathlib
import subprocess
import time

from . import comparison
from .calm import calm
from .fleet import leftovers
from .proxy import kill
from .result import Result
from .study import CommandStudy
from .subject import Subject, wait

SHARES = (0.01, 0.37, 0.99)
WORKERS = (2, 5, 1, 3)
TRIALS = {"full": 200, "short": 40}


def run(options, server):
    result = Result("whole", options.seed)
    count = TRIALS[options.size]
    # Not so fast that it is over before somebody has looked.
    study = CommandStudy(options.folder / "whole", "whole", count, 16, options.seed, slow=count, pause=0.05)
    expected = calm(options, server, study)
    # Its own database, as a person has it who gives one command.
    subject = Subject(options.program, None, options.folder / "whole/run")
    places = []
    try:
        for share, workers in zip((*SHARES, None), WORKERS):
            process = subject.start("run", study.path, "--workers", workers, "--lease", 1, log="log")
            if share is None:
                code = process.wait(300)
                if code:
                    result.problems.append(f"the last run ended with {code}:\n{subject.text()[-500:]}")
                break
            target = max(1, round(share * study.trials))
            if wait(lambda: ended(subject) >= target or process.poll() is not None, 300, 0.005) is None:
                result.problems.append(f"{target} trials did not end")
            kill_all(subject, process)
            places.append(ended(subject))
        found = comparison.outcome(subject, study.name)
        result.problems += comparison.differences(found, expected) + comparison.recomputed(found[0], study)
        result.problems += leftovers(subject)
    finally:
        subject.end()
        subprocess.run(subject.arguments("database", "stop"), env=subject.environment(), capture_output=True)
    result.faults = (f"everything killed after {', '.join(map(str, places))} of {study.trials} trials; "
                     f"workers {', '.join(map(str, WORKERS))}")
    result.found = "front " + ("identical" if not result.problems else "DIFFERENT")
    return result


def ended(subject):
    """How many trials ended, as the logs tell."""
    return len({line.split()[1] for line in subject.text().splitlines()
                if line.startswith("trial ") and "trials" in line})


def kill_all(subject, process):
    """Nobody is told, and nobody has time to tell another."""
    cluster = str(subject.folder / "data/pgdata")
    for _ in range(3):
        for victim in [*subject.marked(), *inside(cluster)]:
            kill(victim)
        time.sleep(0.02)
    process.wait()
    wait(lambda: not inside(cluster) and not subject.marked(), 10)


def inside(folder):
    """Processes that work in a folder: the database's."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and os.readlink(entry / "cwd") == folder:
                found.append(int(entry.name))
        except OSError:
            pass
    return found
