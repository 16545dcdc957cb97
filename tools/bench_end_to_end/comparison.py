"""What both sides reached, seed by seed."""

import dataclasses
import math
import statistics

from . import scoring


@dataclasses.dataclass(frozen=True)
class Pair:
    """One seed of a task: the rival's whole budget, and our second at the same hypervolume."""

    rival_seconds: float
    rival_hypervolume: float
    seconds: float
    final_seconds: float
    final_hypervolume: float

    @property
    def ratio(self):
        """Of wall times; 0 where we did not get there."""
        return self.rival_seconds / self.seconds


@dataclasses.dataclass(frozen=True)
class Row:
    """A task and a rival with the pairs of all seeds."""

    task: str
    rival: str
    examples: int
    trials: int
    precision: str
    search: dict
    pairs: list

    def quartiles(self, name):
        """Lower quartile, median and upper quartile of a field of the pairs."""
        values = sorted(getattr(pair, name) for pair in self.pairs)
        if len(values) == 1 or not all(map(math.isfinite, values)):
            middle = statistics.median_high(values)
            return values[0], middle, values[-1]
        return statistics.quantiles(values, n=4, method="inclusive")


def rows(results, trials):
    """Of every task and encoding of which both sides are there; of ours the search that was measured last."""
    lines = [line for line in results.load("*") if "player" in line["of"]]
    bounds = {(line["of"]["task"], line["of"]["examples"]): line for line in lines if line["of"]["player"] == "bounds"}
    own = {}
    for line in lines:
        if line["of"]["player"] == "ours":
            own.setdefault((line["of"]["task"], line["of"]["examples"], line["of"]["threads"]), []).append(line)
    rivals = {}
    for line in lines:
        of = line["of"]
        if of["player"].startswith("optuna_"):
            place = (of["task"], of["examples"], of["threads"], of["player"])
            rivals.setdefault(place, {}).setdefault(of["seed"], []).append(line)
    found = []
    for place, seeds in sorted(rivals.items()):
        latest = own.get(place[:3])
        if latest:
            made = row(place, seeds, latest, bounds[place[:2]], trials)
            found += [made] if made.pairs else []
    return found


def row(place, seeds, own, bound, trials):
    rule = scoring.Bounds(**{field.name: bound[field.name] for field in dataclasses.fields(scoring.Bounds)})
    search = own[-1]["of"]["search"]
    mine = {line["of"]["seed"]: line for line in own if line["of"]["search"] == search}
    complete = {
        seed: lines[:trials] for seed, lines in sorted(seeds.items()) if len(lines) >= trials and seed in mine}
    pairs = [pair(rule, lines, mine[seed]) for seed, lines in complete.items()]
    precision = "/".join(sorted({lines[0]["precision"] for lines in complete.values()}))
    return Row(place[0], place[3], place[1], trials, precision, search, pairs)


def pair(rule, lines, mine):
    theirs, ours = scoring.curve(rule, lines), scoring.curve(rule, mine["trials"])
    goal = theirs[-1][1] if theirs else 0
    reached = scoring.seconds_until(ours, goal)
    return Pair(
        lines[-1]["seconds"], goal, math.inf if reached is None else reached, mine["wall_seconds"], ours[-1][1])
