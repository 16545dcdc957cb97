"""A study killed whole, database included, at 1, 37 and 99 %, and gone on with by another number of workers."""

import os
import pathlib
import signal
import subprocess
import time

from . import comparison
from .calm import calm
from .fleet import leftovers
from .proxy import kill
from .result import Result
from .session import Session
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
            target = min(max(1, round(share * study.trials)), study.trials - 1)
            ended, count = Progress(subject.folder), 0
            begin = time.monotonic()
            while count < target and process.poll() is None and time.monotonic() < begin + 300:
                count = ended()
                time.sleep(0.005)
            kill_all(subject, process)
            places.append(int(count))
            if not target <= count < study.trials:
                result.problems.append(f"killed after {count} trials and not after {target}")
        found = comparison.outcome(subject, study.name)
        result.problems += comparison.differences(found, expected) + comparison.recomputed(found[0], study)
        result.problems += leftovers(subject)
    finally:
        subject.end()
        subprocess.run(subject.arguments("database", "stop"), env=subject.environment(), capture_output=True)
    result.faults = (f"everything killed after {', '.join(map(str, places))} of {study.trials} trials; "
                     f"workers {', '.join(map(str, WORKERS))}")
    result.found = "front " + ("identical" if found[1] == expected[1] else "DIFFERENT")
    return result


class Progress:
    """How many trials of the private database ended; 0 while it does not answer."""

    def __init__(self, folder):
        self.socket, self.session = folder / "data/s/.s.PGSQL.5432", None

    def __call__(self):
        try:
            self.session = self.session or Session(self.socket)
            return self.session.number("SELECT coalesce(sum(count), 0) FROM peftsearch.trial_count")
        except OSError:
            self.session = None
            return 0


def kill_all(subject, process):
    """Nobody is told, and nobody has time to tell another."""
    cluster = str(subject.folder / "data/pgdata")
    # The run and its worker at once; who notices has no time to do anything.
    os.killpg(process.pid, signal.SIGKILL)
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
