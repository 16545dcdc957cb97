"""What the report says of many runs: quartiles, ranks, tests."""

import collections
import statistics

from . import players, problems, scoring

BUDGET = 100


class Comparison:
    """All runs of one parallelism: per problem and player, per seed, a curve of normalised hypervolumes."""

    def __init__(self, records, parallelism):
        self.curves = collections.defaultdict(dict)
        self.distances = collections.defaultdict(dict)
        made = {}
        for run, record in records.items():
            if run.parallelism == parallelism and run.problem in problems.BY_NAME:
                if run.problem not in made:
                    made[run.problem] = problems.BY_NAME[run.problem]()
                problem = made[run.problem]
                place = run.problem, run.player
                self.curves[place][run.seed] = scoring.hypervolumes(problem, record)[:BUDGET]
                self.distances[place][run.seed] = scoring.igd_plus(problem, record)

    @property
    def problems(self):
        return [name for name in problems.BY_NAME if any(problem == name for problem, _ in self.curves)]

    @property
    def ranked(self):
        return [name for name in self.problems if not name.endswith("_rungs")]

    @property
    def players(self):
        """Those that played every problem, in the order in which players are listed."""
        listed = [*players.OURS, *players.RIVALS]
        return [player for player in listed if any(other == player for _, other in self.curves)]

    def at(self, problem, player, count):
        """Hypervolumes after so many evaluations, by seed."""
        return {seed: curve[min(count, len(curve)) - 1] for seed, curve in self.curves[problem, player].items()}

    def median(self, problem, player, count):
        return statistics.median(self.at(problem, player, count).values())

    def area(self, problem, player):
        """The mean of the curve, the median over seeds."""
        return statistics.median(statistics.mean(curve) for curve in self.curves[problem, player].values())

    def distance(self, problem, player):
        """IGD+ after the whole budget, the median over seeds; None without a known front or a feasible point."""
        values = [value for value in self.distances[problem, player].values() if value is not None]
        return statistics.median(values) if values else None

    def ranks(self, count):
        """The mean over problems of the rank of the median, 1 the best, of players that played all problems.

        Problems with rungs are not among them: they are those without, for who can use rungs.
        """
        ranked = self.ranked
        complete = [p for p in self.players if all(self.curves.get((problem, p)) for problem in ranked)]
        sums = collections.Counter()
        for problem in ranked:
            medians = {player: self.median(problem, player, count) for player in complete}
            for player, value in medians.items():
                better = sum(other > value for other in medians.values())
                equal = sum(other == value for other in medians.values())
                sums[player] += better + (equal + 1) / 2
        return {player: total / len(ranked) for player, total in sums.items()}

    def strongest_rival(self, problem):
        """By the median after the whole budget."""
        rivals = [player for player in players.RIVALS if self.curves.get((problem, player))]
        return max(rivals, key=lambda player: self.median(problem, player, BUDGET), default=None)

    def evaluations_until(self, problem, player, value):
        """The median over seeds of the first evaluation that reaches a hypervolume; None where half do not."""
        counts = [
            next((count for count, reached in enumerate(curve, 1) if reached >= value), None)
            for curve in self.curves[problem, player].values()
        ]
        reached = sorted(count for count in counts if count is not None)
        return statistics.median_high(reached + [BUDGET + 1] * (len(counts) - len(reached))) if 2 * len(
            reached) > len(counts) else None

    def probability(self, problem, player, other):
        """Of the difference at the end, paired by seed, under no difference: Wilcoxon's signed-rank test."""
        from scipy.stats import wilcoxon

        a, b = self.at(problem, player, BUDGET), self.at(problem, other, BUDGET)
        differences = [a[seed] - b[seed] for seed in sorted(a.keys() & b.keys())]
        return float(wilcoxon(differences).pvalue) if any(differences) and len(differences) >= 5 else None
