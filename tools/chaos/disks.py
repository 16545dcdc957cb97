"""Disks that are full or cannot be written to: of the workers, and of the database."""

import contextlib
import os
import subprocess

from . import comparison
from .calm import calm
from .result import Result
from .server import Server
from .study import CommandStudy
from .subject import Subject, stop, wait

TRIALS = {"full": 60, "short": 18}


def run(options, server):
    result = Result("disks", options.seed)
    if os.geteuid() != 0:
        result.left_out.append("only root can mount a small disk")
        return result
    study = CommandStudy(options.folder / "disks", "disks", TRIALS[options.size], 8, options.seed)
    expected = calm(options, server, study)
    cases = {"the workers' disk is full": full, "the workers' folder becomes read-only": read_only,
             "the database's disk is full": database_full}
    told = []
    for name, case in cases.items():
        problems, told_of = case(options, server, study, expected)
        result.problems += [f"{name}: {text}" for text in problems]
        told.append(f"{name}: {told_of}".replace(str(options.folder), "…"))
    result.faults = "; ".join(cases)
    result.found = f"{study.trials} trials each; front " + ("identical" if not result.problems else "DIFFERENT")
    result.figures = {"how it showed": told}
    return result


@contextlib.contextmanager
def small_disk(folder, megabytes):
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=0711", "chaos", folder], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def ballast(folder):
    """Fills a disk to its last byte."""
    path = folder / "ballast"
    with open(path, "wb", buffering=0) as file, contextlib.suppress(OSError):
        while file.write(bytes(1 << 16)):
            pass
    return path


class Search:
    """A controller and two workers, in a database of their own."""

    def __init__(self, options, server, study, name, *words):
        server.create(name)
        self.server, self.name, self.study, self.words = server, name, study, words
        self.subject = Subject(options.program, server.url(name), options.folder / name)
        self.subject.ask("study", "create", study.path)

    def __enter__(self):
        self.controller = self.subject.controller(self.study.name)
        self.workers = [self.start_worker() for _ in range(2)]
        return self

    def start_worker(self):
        return self.subject.start("worker", "--study", self.study.name, "--lease", 2, *self.words)

    def __exit__(self, *_):
        stop(self.controller, *self.workers)
        self.subject.end()

    def ended(self):
        try:
            session = self.server.session(self.name)
            count = session.number("SELECT coalesce(sum(count), 0) FROM peftsearch.trial_count")
            session.close()
            return count
        except OSError:
            return -1

    def reach(self, count):
        """Returns when so many trials have ended; what is wrong if they do not."""
        return [] if wait(lambda: self.ended() >= count, 60, 0.01) else [f"{count} trials did not end within a minute"]

    def verdict(self, expected):
        """Lets it end, and says what is wrong."""
        if wait(lambda: self.controller.poll() is not None, 120) is None:
            return [f"does not end: {self.ended()} trials ended"]
        found = comparison.outcome(self.subject, self.study.name)
        session = self.server.session(self.name)
        audit = comparison.Audit(session, self.study.name, self.study.trials)
        session.close()
        dead = [f"a worker ended with {worker.poll()}" for worker in self.workers if worker.poll() is not None]
        return comparison.differences(found, expected) + audit.problems() + dead


def full(options, server, study, expected):
    disk = options.folder / "disk_full/data"
    with small_disk(disk, 32):
        with Search(options, server, study, "disk_full", "--disk-floor", "0.008") as search:
            problems = search.reach(study.trials // 3)
            file = ballast(disk)
            still, before = standstill(search)
            file.unlink()
            problems += still + search.verdict(expected)
            said = search.subject.text().count("--disk-floor")
            return problems, f"stood still at {before:.0f} trials, said so {said} times"


def standstill(search, seconds=1.5):
    """What still ran ends; then nothing does."""
    previous = -2
    for _ in range(10):
        before = search.ended()
        if before == previous:
            return [], before
        previous = before
        wait(lambda: False, seconds)
    return ["trials went on"], previous


def read_only(options, server, study, expected):
    disk = options.folder / "disk_read_only/data"
    with small_disk(disk, 32):
        # One worker here and later one elsewhere, which has to do the work of both.
        with Search(options, server, study, "disk_read_only", "--disk-floor", "0.008") as search:
            elsewhere = Subject(options.program, search.subject.database, options.folder / "disk_elsewhere")
            stop(search.workers.pop())
            problems = search.reach(study.trials // 3)
            subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
            begun = search.ended()
            wait(lambda: False, 3)
            other = elsewhere.worker(study.name, 2)
            problems += search.verdict(expected)
            stop(other)
            # Its own start is refused with a reason.
            fresh = search.start_worker()
            wait(lambda: fresh.poll() is not None, 10)
            if fresh.poll() != 65:
                problems.append(f"a worker that starts in it ends with {fresh.poll()} and not with 65")
                stop(fresh)
            lines = [line for line in search.subject.text().splitlines() if "read-only" in line.lower()
                     or "cannot be" in line]
            return problems, f"after {begun:.0f} trials; {lines[0] if lines else 'nothing was said'}"


def database_full(options, server, study, expected):
    disk = options.folder / "small"
    with small_disk(disk, 160), Server(disk) as small:
        with Search(options, small, study, "disk_database") as search:
            problems = search.reach(study.trials // 3)
            file = ballast(disk)
            before = search.ended()
            # Its write-ahead log has room for a while: fill that too.
            grow(small)
            wait(lambda: False, 3)
            was_up = small.is_up()
            file.unlink()
            small.start()
            problems += search.verdict(expected)
            full_lines = small.log().count("No space left on device")
            if not full_lines:
                problems.append("the disk was never full")
            return problems, (f"from {before:.0f} trials on, {full_lines} errors in the server's log, the server "
                              + ("stayed up" if was_up else "stopped and was started again"))


def grow(server):
    """Writes rows until the server cannot."""
    try:
        session = server.session()
        session.rows("CREATE TABLE ballast (t text)")
        for _ in range(64):
            session.rows("INSERT INTO ballast SELECT repeat(md5(g::text), 30) FROM generate_series(1, 2000) g")
    except OSError:
        pass
