"""One run: a player on a problem, with virtual workers and virtual time.

The budget is in whole evaluations: at a lower rung an evaluation counts the share that it adds.

Every evaluation takes its `virtual_duration`. A worker that is free takes the next proposal, which knows of all
that has finished by then: as `peftsearch ask` has it for our strategies.
"""

import dataclasses
import heapq
import itertools
import time

from . import asking, players
from .space import Space

# In a row, of assignments that mean nothing that can be trained; they cost a rival nothing.
MOST_REFUSALS = 1000


def run(problem, player, seed, budget, parallelism, program, study_file):
    """The evaluations in the order of their completion."""
    if player in players.OURS:
        options = {"seed": seed, "trials": trials(problem, budget), "parallelism": parallelism, "strategy": player}
        with asking.AskProcess(program, study_file, **options) as process:
            return list(within(budget, ours(problem, process, seed)))
    # So parallel that all baselines are there at once.
    with asking.AskProcess(program, study_file, seed=seed, parallelism=100, strategy="random") as process:
        rival = Rival(problem, players.rival(player), process, seed, budget)
        return list(within(budget, rival.evaluations(parallelism)))


def trials(problem, budget):
    """As many as the budget could buy at the lowest rung."""
    return round(budget / problem.shares[0])


def within(budget, evaluations):
    spent = 0
    for evaluation in evaluations:
        spent += evaluation["cost"]
        # A rounding error is no evaluation.
        if spent > budget + 1e-6:
            return
        yield evaluation


def evaluated(problem, candidate, seed):
    """Metrics as they are told; true ones of what was evaluated whole; the share that was added."""
    shares, rung = (0.0, *problem.shares), candidate.rung
    is_whole = rung == len(problem.shares) - 1
    return {
        "told": problem.evaluate(candidate, seed), "true": problem.truth(candidate) if is_whole else None,
        "cost": shares[rung + 1] - shares[rung], "seconds": 0,
    }


def ours(problem, process, seed):
    """The program decides by itself what starts; results are told in virtual order."""
    running, clock = [], 0
    while process.front is None:
        for candidate in process.proposals:
            heapq.heappush(running, (clock + candidate.duration, candidate.number, candidate))
        process.proposals.clear()
        clock, number, candidate = heapq.heappop(running)
        record = evaluated(problem, candidate, seed)
        told = {name: value for name, value in record["told"].items() if name not in candidate.known}
        start = time.perf_counter()
        process.tell(number, told)
        record["seconds"] = round(time.perf_counter() - start, 5)
        yield record


class Rival:
    """A player between the baselines, which it is given, and the meaning of what it proposes.

    It evaluates everything whole.
    """

    def __init__(self, problem, player, process, seed, budget):
        self.problem = problem
        self.seed = seed
        self.process = process
        self.baselines = [candidate for candidate in process.proposals if candidate.label]
        space = Space(process.study)
        self.player = player(space, len(problem.objectives), seed, budget - len(self.baselines))

    def evaluations(self, parallelism):
        running, clock, numbers = [], 0, itertools.count()
        while True:
            while len(running) < parallelism:
                start = time.perf_counter()
                token, candidate = self._next()
                candidate = dataclasses.replace(candidate, rung=len(self.problem.shares) - 1)
                seconds = time.perf_counter() - start
                finish = clock + candidate.duration
                heapq.heappush(running, (finish, next(numbers), token, candidate, seconds))
            clock = running[0][0]
            while running and running[0][0] == clock:
                yield self._finish(*heapq.heappop(running)[2:])

    def _next(self):
        """A token, nil for a baseline, and a candidate."""
        if self.baselines:
            return None, self.baselines.pop(0)
        for _ in range(MOST_REFUSALS):
            token, assignment = self.player.propose()
            try:
                return token, self.process.describe(assignment)
            except asking.Refused:
                self.player.refuse(token)
        raise SystemExit(f"{MOST_REFUSALS} proposals in a row cannot be trained")

    def _finish(self, token, candidate, seconds):
        record = evaluated(self.problem, candidate, self.seed) | {"cost": 1.0}
        losses = self.problem.losses(record["told"])
        violations = self.problem.violations(record["told"])
        start = time.perf_counter()
        if token is None:
            self.player.inform(candidate.assignment, losses, violations)
        else:
            self.player.tell(token, candidate.assignment, losses, violations)
        record["seconds"] = round(seconds + time.perf_counter() - start, 5)
        return record
