"""The undisturbed run that others are compared with."""

import time

from . import comparison
from .fleet import Fleet
from .subject import Subject


def calm(options, server, study, workers=3):
    """Trials and front of a study in a database of its own, without a fault."""
    database = f"calm_{study.name}"
    server.create(database)
    subject = Subject(options.program, server.url(database), options.folder / f"{database}")
    subject.ask("study", "create", study.path)
    fleet = Fleet(subject, study.name, workers, 30)
    try:
        while not fleet.revive():
            time.sleep(0.02)
    finally:
        fleet.end()
    return comparison.outcome(subject, study.name)
