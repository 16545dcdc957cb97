"""How fast work goes on: one kind of fault at a time, in a search whose trials take a while."""

from . import comparison, recovery
from .calm import calm
from .fleet import leftovers
from .result import Result
from .storm import Storm
from .study import CommandStudy
from .subject import Subject

# Kinds in blocks: a lease lasts once more after a restart of the database.
SIZES = {"full": dict(trials=300, slow=300, pause=0.1, workers=4, worker=16, controller=8, database=8, lease=2),
         "short": dict(trials=60, slow=60, pause=0.1, workers=3, worker=3, controller=2, database=2, lease=1)}


def run(options, server):
    size = SIZES[options.size] | dict(zombie=0, twin=0)
    result = Result("pace", options.seed)
    study = CommandStudy(options.folder / "pace", "pace", size["trials"], 8, options.seed, slow=size["slow"],
                         pause=size["pause"])
    expected = calm(options, server, study, workers=12)
    server.create("pace")
    subject = Subject(options.program, server.url("pace"), options.folder / "pace/run")
    subject.ask("study", "create", study.path)
    storm = Storm(subject, server, study, size, options.seed, database="pace", in_blocks=True)
    try:
        storm.rage()
    finally:
        storm.fleet.end()
    found = comparison.outcome(subject, study.name)
    session = server.session("pace")
    audit = comparison.Audit(session, study.name, study.trials)
    result.problems = (comparison.differences(found, expected) + audit.problems() + leftovers(subject) + storm.problems)
    result.figures = {
        f"worker killed, its trial runs again (lease {size['lease']} s)": recovery.after_kills(
            session, storm.fleet.killed),
        "database takes connections again, first commit": recovery.after_restarts(session, storm.restarts),
        "controller killed, next decision": recovery.spread(storm.decided)}
    session.close()
    limits = (size["lease"] + 1, 2, 2)
    # Said and not failed: it is the machine's word as much as the program's.
    result.missed = [f"{name}: p95 {found['p95']} s, at most {limit} s was aimed at"
                     for (name, found), limit in zip(result.figures.items(), limits)
                     if found.get("p95", 0) > limit]
    result.faults = ", ".join(f"{storm.counts[kind]} {kind} kills" for kind in ("worker", "controller", "database"))
    result.found = "; ".join(f"{name}: p95 {found.get('p95')} s" for name, found in result.figures.items())
    return result
