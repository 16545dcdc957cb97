"""What must be equal in two runs of one study, and what must hold in its rows."""

import json


def plain(trial):
    """A trial as text, less what a fault may change: how often it was tried, and what was observed."""
    for name in observed(trial):
        for part in ("kinds", "measurements", "values", "methods"):
            trial[part].pop(name, None)
    trial.pop("attempts")
    return json.dumps(trial, sort_keys=True)


def observed(trial):
    return [name for name, kind in trial.get("kinds", {}).items() if kind == "observed"]


def outcome(subject, study):
    """Trials and front of a study; its name is left out."""
    trials = [json.loads(line) for line in subject.ask("trials", study, "--format", "jsonl").splitlines()]
    front = json.loads(subject.ask("front", study, "--format", "json")) | {"study": None}
    for member in front["trials"]:
        for name in observed(trials[member["number"]]):
            member["measurements"].pop(name, None)
    return [plain(trial) for trial in trials], json.dumps(front)


def differences(found, expected):
    problems = []
    if len(found[0]) != len(expected[0]):
        problems.append(f"{len(found[0])} trials instead of {len(expected[0])}")
    different = [number for number, (a, b) in enumerate(zip(found[0], expected[0])) if a != b]
    for number in different[:3]:
        problems.append(f"trial {number} differs:" + apart(expected[0][number], found[0][number]))
    if len(different) > 3:
        problems.append(f"and {len(different) - 3} more trials differ")
    if found[1] != expected[1]:
        problems.append("the fronts differ")
    return problems


def apart(expected, found):
    """Two texts from where they part."""
    at = next((place for place, (a, b) in enumerate(zip(expected, found)) if a != b), min(len(expected), len(found)))
    begin = max(0, at - 60)
    return f"\n  undisturbed …{expected[begin:begin + 240]}…\n  here …{found[begin:begin + 240]}…"


class Audit:
    """What the rows of a study say after the storm."""

    def __init__(self, session, study, trials):
        self.session, self.study = session, study
        where = f"JOIN peftsearch.study s ON s.id = x.study_id WHERE s.name = '{study}'"
        self.lost = trials - self._count(f"trial x {where} AND x.state IN ('done', 'failed', 'stopped')")
        self.double = self._count(f"""(SELECT FROM peftsearch.attempt x {where} AND outcome = 'finished'
            GROUP BY trial_number, rung, purpose HAVING count(*) > 1) d""", schema="")
        self.failed = {int(row[0]): row[1] for row in session.rows(
            f"SELECT number, failure_reason FROM peftsearch.trial x {where} AND x.state = 'failed'")}
        self.attempts = {row[0]: int(row[1]) for row in session.rows(
            f"SELECT outcome, count(*) FROM peftsearch.attempt x {where} GROUP BY 1 ORDER BY 1")}
        self.crashes = {int(row[0]): int(row[1]) for row in session.rows(
            f"""SELECT trial_number, count(*) FROM peftsearch.attempt x {where} AND outcome = 'crashed'
            GROUP BY 1""")}

    def _count(self, what, schema="peftsearch."):
        return int(self.session.number(f"SELECT count(*) FROM {schema}{what}"))

    def problems(self, poison=(), crash_limit=3):
        innocent = sorted(set(self.failed) - set(poison))
        found = []
        if self.lost:
            found.append(f"{self.lost} trials are lost")
        if self.double:
            found.append(f"{self.double} units of work are finished twice")
        if innocent:
            found.append(f"innocent trials failed: {innocent[:5]}")
        found += [f"poison trial {n} did not fail after {crash_limit} crashes: {self.crashes.get(n)}"
                  for n in poison if self.failed.get(n) != "crashed" or self.crashes.get(n) != crash_limit]
        if self.attempts.get("running"):
            found.append(f"{self.attempts['running']} attempts still run")
        return found


def recomputed(lines, study):
    """Values that are not those of the pure function."""
    wrong = []
    for line in lines:
        trial = json.loads(line)
        if trial["state"] == "done" and trial["values"] != study.values(trial):
            wrong.append(f"trial {trial['number']} has {trial['values']} and not {study.values(trial)}")
    return wrong[:3]
