"""A minute of the benchmark for continuous integration: our strategies beside random search, standard Python alone."""

import statistics
import tempfile

from . import campaign, problems, scoring
from .results import Results

PLAYERS, SEEDS, TRIALS = ("auto", "random"), 3, 60


def run(program):
    """Fails where `auto` is not better than random search."""
    with tempfile.TemporaryDirectory() as folder:
        results = Results(folder)
        campaign.run(
            campaign.wanted(problems.QUICK, PLAYERS, [1], SEEDS), results, program, TRIALS, processes=2)
        found = results.load()
    failed = 0
    for name in problems.QUICK:
        problem = problems.BY_NAME[name]()
        reached = {
            player: statistics.median(
                scoring.hypervolumes(problem, record)[-1]
                for run, record in found.items() if (run.problem, run.player) == (name, player))
            for player in PLAYERS
        }
        print(name, {player: round(value, 3) for player, value in reached.items()})
        failed += reached["auto"] <= reached["random"]
    print(f"{len(problems.QUICK) - failed} passed, {failed} failed")
    if failed:
        raise SystemExit(1)
