"""Workers and controllers whose clocks are off by a day, or jump by one while they work."""

import pathlib

from . import comparison
from .calm import calm
from .fleet import leftovers
from .result import Result
from .study import CommandStudy
from .subject import Subject, stop, wait

TRIALS = {"full": 120, "short": 30}


def library():
    found = sorted(pathlib.Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
    return found[0] if found else None


def run(options, server):
    result = Result("clocks", options.seed)
    shim = library()
    if shim is None:
        result.left_out.append("libfaketime is not here; try: apt-get install libfaketime")
        return result
    study = CommandStudy(options.folder / "clocks", "clocks", TRIALS[options.size], 16, options.seed, slow=4)
    expected = calm(options, server, study)
    server.create("clocks")
    subject = Subject(options.program, server.url("clocks"), options.folder / "clocks/run")
    subject.ask("study", "create", study.path)
    # Only what people call the time: the monotonic clock is no clock that somebody sets.
    faked = dict(LD_PRELOAD=str(shim), FAKETIME_DONT_FAKE_MONOTONIC="1")
    jumping = options.folder / "clocks/offset"
    jumping.write_text("+0")
    processes = [
        subject.controller(study.name, FAKETIME="+1d", **faked),
        subject.worker(study.name, 2, FAKETIME="+1d", **faked), subject.worker(study.name, 2, FAKETIME="-1d", **faked),
        subject.worker(study.name, 2, FAKETIME_TIMESTAMP_FILE=str(jumping), FAKETIME_NO_CACHE="1", **faked)]
    jumps = 0
    try:
        while processes[0].poll() is None and jumps < 600:
            jumping.write_text(("+1d", "-1d", "+0")[jumps % 3])
            jumps += 1
            wait(lambda: processes[0].poll() is not None, 0.5)
    finally:
        stop(*processes)
    found = comparison.outcome(subject, study.name)
    session = server.session("clocks")
    audit = comparison.Audit(session, study.name, study.trials)
    session.close()
    result.problems = (comparison.differences(found, expected) + audit.problems() + leftovers(subject)
                       + ([f"{audit.attempts['lost']} leases were lost to clocks"] if audit.attempts.get("lost") else []))
    result.faults = f"a controller a day ahead, workers a day ahead, a day behind, and jumping by a day {jumps} times"
    result.found = (f"{study.trials} trials in {sum(audit.attempts.values())} attempts; front "
                    + ("identical" if found[1] == expected[1] else "DIFFERENT"))
    return result
