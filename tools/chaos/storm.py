"""10,000 trials, 12 workers, everything killed: none lost, none counted twice, the same front."""

import random
import time

from . import comparison, recovery
from .calm import calm
from .fleet import Fleet, can_make_twins, leftovers
from .result import Result
from .study import CommandStudy
from .subject import Subject

SIZES = {
    "full": dict(trials=10_000, workers=12, worker=200, controller=10, database=20, zombie=30, twin=20, poison=10,
                 slow=60, parallelism=96, lease=2),
    "short": dict(trials=130, workers=4, worker=6, controller=1, database=2, zombie=1, twin=2, poison=1, slow=2,
                  parallelism=24, lease=1),
}


def run(options, server):
    size = SIZES[options.size]
    result = Result("storm", options.seed)
    study = CommandStudy(options.folder / "storm", "storm", size["trials"], size["parallelism"], options.seed,
                         poison=size["poison"], slow=size["slow"])
    begin = time.monotonic()
    expected = calm(options, server, study)
    seconds = time.monotonic() - begin
    server.create("storm")
    subject = Subject(options.program, server.url("storm"), options.folder / "storm/run")
    subject.ask("study", "create", study.path)
    storm = Storm(subject, server, study, size, options.seed)
    try:
        storm.rage()
    finally:
        storm.fleet.end()
    found = comparison.outcome(subject, study.name)
    session = server.session("storm")
    audit = comparison.Audit(session, study.name, study.trials)
    result.problems = (comparison.differences(found, expected) + audit.problems(study.poison)
                       + comparison.recomputed(found[0], study) + leftovers(subject) + storm.problems)
    result.left_out = storm.left_out
    counts = storm.counts
    result.faults = (f"{size['workers']} workers, leases of {size['lease']} s; killed: {counts['worker']} workers, "
                     f"{counts['controller']} controllers, {counts['database']} databases; {counts['zombie']} zombies, "
                     f"{len(study.poison)} poison trials, {counts['twin']} workers of one name")
    poisoned = set(audit.failed) & set(study.poison)
    result.found = (f"{study.trials:,} trials in {sum(audit.attempts.values()):,} attempts: {audit.lost} lost, "
                    f"{audit.double} double, {len(audit.failed) - len(poisoned)} innocent failed, {len(poisoned)} "
                    "poison failed; front " + ("identical" if found[1] == expected[1] else "DIFFERENT"))
    result.figures = {"undisturbed_seconds": round(seconds, 1), "seconds": round(storm.seconds, 1),
                      "attempts": audit.attempts} | figures(session, subject, storm)
    session.close()
    return result


def figures(session, subject, storm):
    """How often somebody was fenced or shared a name, and how long it took until work went on."""
    names = session.number("SELECT max(n) FROM (SELECT count(*) n FROM peftsearch.worker "
                           "GROUP BY host, process_identifier) w")
    return {"fenced": subject.text().count("its lease was lost"), "of_one_name": int(names),
            "worker": recovery.after_kills(session, storm.fleet.killed),
            "database": recovery.after_restarts(session, storm.restarts),
            "controller": recovery.spread(storm.decided)}


class Storm:
    """Faults at numbers of ended trials that the seed draws."""

    def __init__(self, subject, server, study, size, seed, database="storm", in_blocks=False):
        self.server, self.study, self.size, self.database = server, study, size, database
        self.generator = random.Random(f"{seed} storm")
        self.fleet = Fleet(subject, study.name, size["workers"], size["lease"])
        self.counts = dict.fromkeys(("worker", "controller", "database", "zombie", "twin"), 0)
        self.restarts, self.decided, self.problems, self.left_out = [], [], [], []
        self.session, self.awaited, self.seconds = None, None, 0.0
        kinds = [kind for kind in self.counts for _ in range(size[kind])]
        if not can_make_twins():
            kinds = [kind for kind in kinds if kind != "twin"]
            self.left_out.append("workers of one name: only root makes process identifiers of its own here")
        if not in_blocks:
            self.generator.shuffle(kinds)
        places = sorted(self.generator.uniform(0.01, 0.92) * study.trials for _ in kinds)
        self.due = list(zip(places, kinds))

    def rage(self, patience=1800):
        begin = time.monotonic()
        while not self.fleet.revive():
            self.fleet.resume()
            ended, proposed = self._progress()
            self._note_decision(proposed)
            # One at a time, so that each meets a search that works.
            if self.due and ended >= self.due[0][0] and not self._waits():
                self._fire(self.due.pop(0)[1], proposed)
            if time.monotonic() > begin + patience:
                self.problems.append(f"not complete after {patience} s: {ended} of {self.study.trials} trials ended")
                break
            time.sleep(0.01)
        if self.due:
            self.problems.append(f"{len(self.due)} faults came too late")
        self.seconds = time.monotonic() - begin

    def _fire(self, kind, proposed):
        self.counts[kind] += 1
        if kind == "worker":
            self.fleet.kill_worker(self.generator)
        elif kind == "controller":
            self.awaited = (self.fleet.kill_controller(), proposed)
        elif kind == "zombie":
            self.fleet.pause_worker(self.generator, self.size["lease"] + self.generator.uniform(1, 3))
        elif kind == "twin":
            self.fleet.add_twin()
        else:
            self.server.crash(self.generator.choice(["immediate", "kill"]))
            self.server.start()
            self.restarts.append(time.time())
            # A decision would wait for the database too.
            self.awaited = None

    def _waits(self):
        """Whether the controller that was killed last has no successor yet that decides."""
        return self.awaited is not None and time.monotonic() < self.awaited[0] + 15

    def _note_decision(self, proposed):
        if self.awaited and proposed > self.awaited[1]:
            self.decided.append(time.monotonic() - self.awaited[0])
            self.awaited = None

    def _progress(self):
        try:
            self.session = self.session or self.server.session(self.database)
            row = self.session.rows("""SELECT
                (SELECT coalesce(sum(count), 0) FROM peftsearch.trial_count),
                (SELECT coalesce(max(number), -1) FROM peftsearch.trial)""")[0]
            return int(row[0]), int(row[1])
        except OSError:
            self.session = None
            return 0, -1
