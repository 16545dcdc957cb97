"""A look at what the results hold: medians over seeds of the normalised hypervolume."""

import collections
import statistics

from . import problems, scoring

AT = (25, 50, 75, 100)


def show(results, parallelism):
    """A line a problem and player, best first, with seconds of thought over a whole run."""
    curves, seconds = collections.defaultdict(list), collections.defaultdict(list)
    for run, record in sorted(results.load().items()):
        if run.parallelism == parallelism and run.problem in problems.BY_NAME:
            problem = problems.BY_NAME[run.problem]()
            curves[run.problem, run.player].append(scoring.hypervolumes(problem, record))
            seconds[run.problem, run.player].append(sum(record["seconds"]))
    for name in sorted({problem for problem, _ in curves}):
        print(f"\n{name:18}{'seeds':>6}" + "".join(f"{'at ' + str(count):>9}" for count in AT) + "  seconds")
        rows = []
        for (problem, player), runs in curves.items():
            if problem == name:
                values = [statistics.median(run[min(n, len(run)) - 1] for run in runs) for n in AT]
                rows.append((values, player, len(runs), statistics.median(seconds[name, player])))
        for values, player, count, thought in sorted(rows, key=lambda row: row[0][-1], reverse=True):
            print(f"{player:18}{count:6}" + "".join(f"{value:9.4f}" for value in values) + f"{thought:9.2f}")
