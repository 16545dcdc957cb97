"""A kill at each call that writes in the lives of a worker and a controller, before, within and after it."""

import concurrent.futures
import os
import signal
import subprocess

from . import comparison, wire
from .calm import calm
from .proxy import Fault, Proxy, kill
from .result import Result
from .study import CommandStudy
from .subject import Subject, stop, wait

PHASES = ("before the request", "within the request", "before the reply", "after the reply")
SEARCH = dict(trials=6, parallelism=4, flaky=(1,), slow=1, pause=0.5, more=", rungs: [0.5, 1], replicate_front: 2")
SIDE_BY_SIDE = 6


class Point:
    """A study in which one process is killed at one place."""

    def __init__(self, options, server, number, role, name, phase):
        self.options, self.server, self.role, self.name, self.phase = options, server, role, name, phase
        self.study = f"p{number}"
        self.victim, self.is_reached, self.seen = None, False, []

    def __str__(self):
        return f"{self.role}, {self.phase} of {self.name}"

    def decide(self, name):
        if name in wire.WRITES and name not in self.seen:
            self.seen.append(name)
        # Who is asked to end gives back what it holds.
        if self.name == "give_back" and name == "renew_and_report":
            os.kill(self.victim.pid, signal.SIGTERM)
        if name != self.name or self.is_reached:
            return None
        self.is_reached = True
        return Fault(self.phase, act=lambda: kill(self.victim.pid))

    def run(self):
        """Trials and front."""
        folder = self.options.folder / "points" / self.study
        study = CommandStudy(folder, self.study, seed=self.options.seed, **SEARCH)
        subject = Subject(self.options.program, self.server.url("points"), folder / "run")
        subject.ask("study", "create", study.path)
        others = []
        try:
            with Proxy(self.server.socket, self.decide) as proxy:
                through = proxy.url("points")
                starts = {"worker": lambda database=None: subject.worker(self.study, 1, database=database),
                          "controller": lambda database=None: subject.controller(self.study, database=database)}
                other = {"worker": "controller", "controller": "worker"}[self.role]
                others.append(starts[other]())
                self.victim = starts[self.role](through)
                others.append(self.victim)
                if self.name:
                    # Reached or not, somebody else goes on.
                    wait(lambda: self.victim.poll() is not None, 20)
                    self.victim.kill()
                    others.append(starts[self.role]())
                controller = others[0] if other == "controller" else others[-1]
                try:
                    controller.wait(60)
                except subprocess.TimeoutExpired:
                    return None
            return comparison.outcome(subject, self.study)
        finally:
            stop(*others)
            subject.end()

def run(options, server):
    result = Result("points", options.seed)
    server.create("points")
    Subject(options.program, server.url("points"), options.folder / "points/setup").ask("database", "migrate")
    expected = calm(options, server, CommandStudy(
        options.folder / "points/calm", "calm", seed=options.seed, **SEARCH))
    lives = {role: seen(Point(options, server, f"life-{role}", role, None, None)) for role in ("worker", "controller")}
    lives["worker"].append("give_back")
    phases = PHASES if options.size == "full" else PHASES[2:3]
    names = [(role, name) for role, written in lives.items() for name in written]
    points = [Point(options, server, number, role, name, phase)
              for number, (role, name, phase) in enumerate((*pair, phase) for pair in names for phase in phases)]
    with concurrent.futures.ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        outcomes = list(pool.map(Point.run, points))
    session = server.session("points")
    for point, found in zip(points, outcomes):
        if found is None:
            result.problems.append(f"{point}: the study did not end")
            continue
        result.problems += [f"{point}: {text}" for text in comparison.differences(found, expected)]
        audit = comparison.Audit(session, point.study, len(expected[0]))
        result.problems += [f"{point}: {text}" for text in audit.problems()]
        if not point.is_reached:
            result.left_out.append(f"{point}: was not reached")
    session.close()
    reached = sum(point.is_reached for point in points)
    result.faults = f"{reached} kills at {len(names)} calls that write, each {', '.join(phases)}"
    result.found = f"{len(points)} studies of {len(expected[0])} trials; fronts " + (
        "identical" if not result.problems else "DIFFERENT")
    result.figures = lives
    return result


def seen(point):
    """The calls that write in an undisturbed life."""
    point.run()
    return point.seen
