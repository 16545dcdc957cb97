"""Connections cut 500 times, 100 of them on the reply to a call that has committed."""

import collections
import random
import time

from . import comparison, wire
from .calm import calm
from .fleet import Fleet, leftovers
from .proxy import Fault, PHASES, Proxy
from .result import Result
from .study import CommandStudy
from .subject import Subject

SIZES = {"full": dict(trials=700, cuts=500, commits=100, slow=20, workers=6),
         "short": dict(trials=30, cuts=24, commits=6, slow=2, workers=3)}


class Cuts:
    """Draws from the seed which calls are cut, and how."""

    def __init__(self, size, seed):
        self.generator = random.Random(f"{seed} cuts")
        others = size["cuts"] - size["commits"]
        self.pending = ["commit"] * size["commits"] + [PHASES[place % len(PHASES)] for place in range(others)]
        self.generator.shuffle(self.pending)
        self.share, self.made, self.names = 0.3, collections.Counter(), collections.Counter()

    def __call__(self, name):
        if not self.pending or self.generator.random() > self.share:
            return None
        kind = self.pending[-1]
        if kind == "commit" and name not in wire.WRITES:
            return None
        self.pending.pop()
        self.made[kind] += 1
        self.names[name] += 1
        return Fault("before the reply" if kind == "commit" else kind, abruptly=self.generator.random() < 0.5)


def run(options, server):
    size = SIZES[options.size]
    result = Result("cuts", options.seed)
    study = CommandStudy(options.folder / "cuts", "cuts", size["trials"], 24, options.seed, slow=size["slow"])
    expected = calm(options, server, study)
    subject = Subject(options.program, server.url("cuts"), options.folder / "cuts/run")
    server.create("cuts")
    subject.ask("study", "create", study.path)
    cuts = Cuts(size, options.seed)
    with Proxy(server.socket, cuts) as proxy:
        subject.database = proxy.url("cuts")
        fleet = Fleet(subject, study.name, size["workers"], 2)
        begin = time.monotonic()
        try:
            while not fleet.revive() and time.monotonic() < begin + 600:
                time.sleep(0.05)
        finally:
            fleet.end()
        subject.database = server.url("cuts")
    session = server.session("cuts")
    audit = comparison.Audit(session, study.name, study.trials)
    session.close()
    found = comparison.outcome(subject, study.name)
    result.problems = (comparison.differences(found, expected) + audit.problems()
                       + comparison.recomputed(found[0], study) + leftovers(subject))
    if cuts.pending:
        result.problems.append(f"{len(cuts.pending)} cuts came too late")
    made = sum(cuts.made.values())
    result.faults = f"{made} cuts, {cuts.made['commit']} of them on the reply to a call that had committed"
    result.found = (f"{study.trials} trials: {audit.lost} lost, {audit.double} double, {len(audit.failed)} failed; "
                    "front " + ("identical" if found[1] == expected[1] else "DIFFERENT"))
    result.figures = {"where": dict(cuts.made.most_common()), "calls": dict(cuts.names.most_common()),
                      "attempts": audit.attempts}
    return result
