"""Workers and a controller that are started again when they are gone."""

import os
import signal
import time

from .subject import stop, wait

# One process identifier and one host for all of them.
TWIN = ("unshare", "--pid", "--fork", "--kill-child=KILL", "--mount-proc")


class Fleet:
    def __init__(self, subject, study, workers, lease):
        self.subject, self.study, self.lease = subject, study, lease
        self.places = [None] * workers
        self.twins, self.paused = [], {}
        self.controller, self.is_over = None, False
        # (when, process identifier) of workers, by the wall clock, which is the database's too.
        self.killed = []

    def revive(self):
        """True once the controller has ended by itself, which is when the study is complete."""
        for place, worker in enumerate(self.places):
            if worker is None or worker.poll() is not None:
                self.places[place] = self.subject.worker(self.study, self.lease)
        if self.controller is None or self.controller.poll() not in (None, 0):
            self.controller = self.subject.controller(self.study)
        return self.controller.poll() == 0

    def end(self):
        self.resume(everybody=True)
        stop(*filter(None, [*self.places, *self.twins, self.controller]))

    def kill_worker(self, generator):
        worker = generator.choice(self._awake())
        self.killed.append((time.time(), worker.pid))
        worker.kill()
        worker.wait()

    def kill_controller(self):
        """Where to begin waiting for the next one's decision."""
        self.controller.kill()
        self.controller.wait()
        self.controller = self.subject.controller(self.study)
        return time.monotonic()

    def pause_worker(self, generator, seconds):
        worker = generator.choice(self._awake())
        worker.send_signal(signal.SIGSTOP)
        self.paused[worker.pid] = (worker, time.monotonic() + seconds)

    def resume(self, everybody=False):
        for process, (worker, until) in list(self.paused.items()):
            if everybody or time.monotonic() >= until:
                worker.send_signal(signal.SIGCONT)
                del self.paused[process]

    def add_twin(self):
        """At most two at once: the one before the last is killed."""
        while len(self.twins) > 1:
            oldest = self.twins.pop(0)
            oldest.kill()
            oldest.wait()
        self.twins.append(self.subject.start("worker", "--study", self.study, "--lease", self.lease, before=TWIN))

    def _awake(self):
        return [worker for worker in self.places if worker and worker.pid not in self.paused]


def leftovers(subject):
    """Processes that outlive everything, after a moment."""
    wait(lambda: not subject.marked(), 15)
    return [f"left running: {words}" for words in subject.marked().values()]


def can_make_twins():
    return os.geteuid() == 0
