"""The program's processes on one database and one data folder."""

import os
import pathlib
import signal
import subprocess
import time
import uuid

MARKER = "PEFTSEARCH_CHAOS"


class Subject:
    def __init__(self, program, database, folder):
        self.program, self.database, self.folder = program, database, pathlib.Path(folder)
        self.mark = uuid.uuid4().hex
        self.folder.mkdir(parents=True, exist_ok=True)

    def arguments(self, *words, database=None):
        return [str(self.program), *map(str, words), "--data-dir", str(self.folder / "data")] + (
            ["--database", database or self.database] if self.database else [])

    def environment(self, **more):
        clean = {name: value for name, value in os.environ.items()
                 if name != "DATABASE_URL" and not name.startswith("PG")}
        return clean | {MARKER: self.mark} | more

    def start(self, *words, log="log", database=None, before=(), **environment):
        """`before` are words that start the program in another way."""
        with open(self.folder / log, "ab") as file:
            return subprocess.Popen(
                [*before, *self.arguments(*words, database=database)], env=self.environment(**environment),
                stdin=subprocess.DEVNULL, stdout=file, stderr=file, start_new_session=True)

    def ask(self, *words, timeout=300):
        done = subprocess.run(self.arguments(*words), env=self.environment(), capture_output=True, text=True,
                              timeout=timeout)
        if done.returncode:
            raise SystemExit(f"peftsearch {' '.join(map(str, words))} ended with {done.returncode}: {done.stderr}")
        return done.stdout

    def worker(self, study, lease, **more):
        return self.start("worker", "--study", study, "--lease", lease, **more)

    def controller(self, study, **more):
        return self.start("controller", "--study", study, **more)

    def text(self, log="log"):
        path = self.folder / log
        return path.read_text(errors="replace") if path.exists() else ""

    def marked(self):
        """Processes that belong here and live, with their words."""
        needle, found = f"{MARKER}={self.mark}".encode(), {}
        for entry in pathlib.Path("/proc").iterdir():
            try:
                if entry.name.isdigit() and needle in (entry / "environ").read_bytes().split(b"\0"):
                    found[int(entry.name)] = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except OSError:
                pass
        return found

    def end(self):
        for process in self.marked():
            try:
                os.kill(process, signal.SIGKILL)
            except ProcessLookupError:
                pass


def stop(*processes, patience=20):
    """As a service manager stops them."""
    for process in processes:
        if process.poll() is None:
            process.terminate()
    end = time.monotonic() + patience
    for process in processes:
        try:
            process.wait(max(0.1, end - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait(condition, seconds, step=0.02):
    """The seconds until the condition held, or None."""
    start = time.monotonic()
    while time.monotonic() - start < seconds:
        if condition():
            return time.monotonic() - start
        time.sleep(step)
    return None
