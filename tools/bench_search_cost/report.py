"""The tables of search cost in docs/end-to-end.md, between their marks."""

import collections
import json
import statistics

from bench_end_to_end.report import machine, replace, spread, table
from bench_end_to_end.scoring import Bounds

from . import cost, finding
from .difference import difference
from .references import best_rate

BEGIN, END = "<!-- begin of what `make bench-search-cost` writes -->", "<!-- end of bench-search-cost -->"
# Retraining-equivalents on GLUE with RoBERTa-large, arXiv 2506.07587, table 4: three of them find one point.
PUBLISHED = (
    ("AutoPEFT", 9.25, "a front"), ("S3Delta", 6.5, "a point"), ("S-MaM", 1.0, "a point"),
    ("PrunePEFT", 0.30, "a point"))


def write(results, page):
    replace(page, BEGIN, END, text(results))


def text(results):
    searches, described = latest_searches(results), {}
    for line in results.load("tasks"):
        described[line["of"]["task"], line["of"]["examples"]] = line
    if not searches:
        return "No search is among the results yet."
    sections = [settings_line(searches), cost_table(searches, described)]
    sections += ["Accuracy on the held-out split, means over seeds:", accuracy_table(results, searches, described)]
    sections += ["Published costs, in trainings of what was found:", table(
        ["system", "equivalents", "finds"], [[name, value, what] for name, value, what in PUBLISHED])]
    return "\n\n".join(sections)


def latest_searches(results):
    """By task and examples, the searches of all seeds with the settings that were measured last."""
    groups = collections.defaultdict(list)
    for line in results.load("*.searches"):
        groups[line["of"]["task"], line["of"]["examples"]].append(line)
    return {place: with_settings_of(lines[-1], lines) for place, lines in groups.items()}


def with_settings_of(last, lines):
    """One a seed."""
    return list({line["of"]["seed"]: line for line in lines if settings(line) == settings(last)}.values())


def settings(line):
    return json.dumps({name: line["of"][name] for name in ("search", "searched", "workers")}, sort_keys=True)


def settings_line(searches):
    said = "`, `".join(sorted({settings(line) for lines in searches.values() for line in lines}))
    return f"On {machine()}, settings `{said}`. Median (lower to upper quartile) over seeds."


def quartiles(values, form):
    values = list(values)
    if len(values) == 1:
        return form.format(values[0])
    return spread(statistics.quantiles(values, n=4, method="inclusive"), form)


def cost_table(searches, described):
    rows = []
    for place, lines in sorted(searches.items()):
        task, rungs = described[place], lines[0]["of"]["search"].get("rungs", 1)
        bounds = Bounds(**task["bounds"])
        costs = [cost.of(line, task["layers"], rungs) for line in lines]
        fronts = [finding.front_of(bounds, finding.searched(line)) for line in lines]
        rows.append([
            place[0], f"{place[1]:,}", len(lines), quartiles((one.total for one in costs), "{:.2f}"),
            quartiles((one.states for one in costs), "{:.2f}"), quartiles((one.seconds for one in costs), "{:.2f}"),
            quartiles((one.baselines for one in costs), "{:.2f}"),
            quartiles((line["wall_seconds"] for line in lines), "{:,.0f}"),
            quartiles((len(front) for front in fronts), "{:g}"),
            quartiles((finding.volume_of(front) for front in fronts), "{:.4f}"),
            quartiles((line["hypervolume"] for line in lines), "{:.4f}")])
    return table(
        ["task", "examples", "seeds", "equivalents", "of these kept states", "in CPU seconds", "baselines, apart",
         "wall seconds with baselines", "front", "its hypervolume", "with baselines"], rows)


def accuracy_table(results, searches, described):
    rows = []
    for place, lines in sorted(searches.items()):
        own = [line["best"]["test_accuracy"] for line in lines if line["best"]]
        for name, (rate, other) in best_references(results, place).items():
            if own and other:
                rows.append(accuracy_row(
                    place[0], len(lines), own, name, rate, other, described[place]["test_examples"]))
    if not rows:
        return "No searched trial was trained to the end, so there is no best point."
    return table(
        ["task", "best point", "seeds that have one", "beside", "its rate", "its accuracy", "difference", "standard error by examples",
         "by seeds", "not worse by two of them"], rows)


def accuracy_row(task, searches, own, name, rate, other, examples):
    found = difference(own, other, examples)
    verdicts = [found.is_not_worse(error) for error in (found.error_of_examples, found.error_of_seeds)]
    by_seeds = "-" if found.error_of_seeds is None else f"{100 * found.error_of_seeds:.2f}"
    return [
        task, f"{100 * statistics.mean(own):.2f}", f"{len(own)} of {searches}", f"`{name}`", f"{rate:g}", f"{100 * statistics.mean(other):.2f}",
        f"{100 * found.value:+.2f}", f"{100 * found.error_of_examples:.2f}", by_seeds,
        " / ".join("yes" if verdict else "no" for verdict in verdicts[: 1 if by_seeds == "-" else 2])]


def best_references(results, place):
    """By name the best rate of the first seed, and accuracies on the held-out split of all seeds at that rate."""
    groups = collections.defaultdict(list)
    for line in results.load(f"{place[0]}.references"):
        if line["of"]["examples"] == place[1]:
            groups[line["of"]["kind"]].append(line)
    found = {}
    for name, lines in sorted(groups.items(), reverse=True):
        rate = best_rate([line for line in lines if line["of"]["seed"] == 1])
        by_seed = {line["of"]["seed"]: line["test_accuracy"] for line in lines if line["of"]["rate"] == rate}
        found[name] = rate, [accuracy for accuracy in by_seed.values() if accuracy is not None]
    return found
