"""Our side: a controller and workers as they are, but trials that take no time."""

import contextlib
import pathlib
import subprocess
import tempfile
import time

STUDY = """study: {name}
seed: 7
objectives: [{{minimize: loss}}]
space: {{parameters: {{x: {{float: [0.0, 1.0]}}, y: {{float: [0.0, 1.0]}}}}}}
search: {{strategy: random, trials: {trials}, parallelism: {parallelism}}}
engine: {{command: ["true"]}}
"""
DATABASE = "ours"


class Ours:
    def __init__(self, program, server):
        self.program, self.server = pathlib.Path(program).resolve(), server
        self.folder = tempfile.mkdtemp(prefix="bench-queue-ours-")
        server.sql("postgres", f"CREATE DATABASE {DATABASE}")
        self.command("database", "migrate")

    def arguments(self, *words):
        return [self.program, *map(str, words), "--database", self.server.url(DATABASE), "--data-dir", self.folder]

    def command(self, *words):
        return subprocess.run(self.arguments(*words), check=True, capture_output=True, text=True).stdout

    @contextlib.contextmanager
    def started(self, *words):
        child = subprocess.Popen(self.arguments(*words), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            yield child
        finally:
            child.terminate()
            child.wait()

    def create(self, name, trials, parallelism):
        path = pathlib.Path(self.folder, f"{name}.yaml")
        path.write_text(STUDY.format(name=name, trials=trials, parallelism=parallelism))
        self.command("study", "create", path)
        return path

    def sql(self, text):
        return self.server.number(DATABASE, "SET search_path = peftsearch; " + text)

    def run(self, name, trials, workers, parallelism):
        """From the first claim to the last result; the processor time is the controller's."""
        self.create(name, trials, parallelism)
        statements, commits = self.server.counters(DATABASE)
        with contextlib.ExitStack() as stack:
            for _ in range(workers):
                stack.enter_context(self.started("profile", "queue", name))
            controller = stack.enter_context(self.started("controller", "--study", name))
            while controller.poll() is None:
                time.sleep(0.05)
            if controller.returncode != 0:
                raise SystemExit(f"the controller of {name} ended with {controller.returncode}")
        after = self.server.counters(DATABASE)
        seconds = self.sql(f"""SELECT extract(epoch FROM max(ended_at) - min(claimed_at))
            FROM attempt a JOIN study s ON s.id = a.study_id WHERE s.name = '{name}'""")
        done = self.sql(f"SELECT done FROM dashboard.studies WHERE study = '{name}'")
        if done != trials:
            raise SystemExit(f"{done:.0f} of {trials} trials of {name} are done")
        return {"trials": trials, "seconds": seconds, "rate": trials / seconds,
                "statements": (after[0] - statements) / trials, "commits": (after[1] - commits) / trials}

    def rate(self, name, first, last):
        """Trials per second between two trials, by the order in which they ended."""
        seconds = self.sql(f"""
            WITH ended AS (
                SELECT ended_at, row_number() OVER (ORDER BY ended_at) AS place
                FROM attempt a JOIN study s ON s.id = a.study_id WHERE s.name = '{name}')
            SELECT extract(epoch FROM max(ended_at) - min(ended_at)) FROM ended
            WHERE place BETWEEN {first} AND {last}""")
        return (last - first) / seconds
