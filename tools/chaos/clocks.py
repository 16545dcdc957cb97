"""Workers and controllers whose clocks are off by a day, or jump by one while they work."""

import pathlib
import shutil
import struct
import subprocess
import time

from . import comparison
from .calm import calm
from .fleet import leftovers
from .result import Result
from .study import CommandStudy
from .subject import Subject, stop, wait

DAY = 86_400
TRIALS = {"full": 120, "short": 20}


def run(options, server):
    result = Result("clocks", options.seed)
    shim = built(options.folder)
    if shim is None:
        result.left_out.append("no C compiler is here: cc or clang")
        return result
    study = CommandStudy(options.folder / "clocks", "clocks", TRIALS[options.size], 16, options.seed, slow=4)
    expected = calm(options, server, study)
    server.create("clocks")
    subject = Subject(options.program, server.url("clocks"), options.folder / "clocks/run")
    subject.ask("study", "create", study.path)
    clocks = {name: Clock(options.folder / f"clocks/{name}", shim) for name in ("ahead", "behind", "jumping")}
    clocks["ahead"].set(DAY)
    clocks["behind"].set(-DAY)
    result.problems += [f"the clock {name} is not off" for name in ("ahead", "behind") if not clocks[name].is_off()]
    controller = subject.controller(study.name, **clocks["ahead"].environment)
    workers = [subject.worker(study.name, 2, **clock.environment) for clock in clocks.values()]
    jumps = 0
    try:
        while controller.poll() is None and jumps < 600:
            clocks["jumping"].set((DAY, -DAY, 0)[jumps % 3])
            jumps += 1
            wait(lambda: controller.poll() is not None, 0.3)
    finally:
        stop(controller, *workers)
    found = comparison.outcome(subject, study.name)
    session = server.session("clocks")
    audit = comparison.Audit(session, study.name, study.trials)
    session.close()
    result.problems += (comparison.differences(found, expected) + audit.problems() + leftovers(subject)
                        + ([f"{audit.attempts['lost']} leases were lost"] if audit.attempts.get("lost") else []))
    result.faults = f"a controller a day ahead, workers a day ahead, a day behind, and jumping by a day {jumps} times"
    result.found = (f"{study.trials} trials in {sum(audit.attempts.values())} attempts; front "
                    + ("identical" if found[1] == expected[1] else "DIFFERENT"))
    return result


class Clock:
    """The time of day of the processes that are started with its environment."""

    def __init__(self, path, shim):
        self.path = path
        self.environment = {"LD_PRELOAD": str(shim), "CHAOS_CLOCK": str(path)}
        self.set(0)

    def set(self, seconds):
        with open(self.path, "r+b" if self.path.exists() else "wb") as file:
            file.write(struct.pack("=q", seconds))

    def is_off(self):
        told = subprocess.run(["date", "+%s"], env=self.environment, capture_output=True, check=True).stdout
        return abs(int(told) - time.time()) > DAY - 60


def built(folder):
    """The library that moves the time of day."""
    compiler = shutil.which("cc") or shutil.which("clang")
    if compiler is None:
        return None
    library = folder / "clock_offset.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", library,
                    pathlib.Path(__file__).with_name("clock_offset.c"), "-ldl"], check=True)
    return library
