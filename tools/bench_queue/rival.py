"""Optuna's side: its RDBStorage and RandomSampler, a process for each worker.

As a module it is one of those processes: `python rival.py URL STUDY TRIALS`, which says when it is ready, waits for a
line, works, and prints when it began and when it ended.
"""

import subprocess
import sys
import time

DATABASE = "optuna"


class Optuna:
    def __init__(self, python, server):
        self.python, self.server = python, server
        server.sql("postgres", f"CREATE DATABASE {DATABASE}")
        self.script("pass")

    def script(self, text):
        prologue = ("import optuna\noptuna.logging.set_verbosity(40)\n"
                    f"storage = optuna.storages.RDBStorage({self.url!r})\n")
        subprocess.run([self.python, "-c", prologue + text], check=True, capture_output=True)

    @property
    def url(self):
        return self.server.url(DATABASE, scheme="postgresql+psycopg2")

    def run(self, name, trials, workers):
        """From the first start to the last end: imports and connections do not count."""
        self.script(f"optuna.create_study(study_name={name!r}, storage=storage)")
        statements, commits = self.server.counters(DATABASE)
        each = trials // workers
        processes = [subprocess.Popen([self.python, __file__, self.url, name, str(each)], stdin=subprocess.PIPE,
                                      stdout=subprocess.PIPE, text=True) for _ in range(workers)]
        for process in processes:
            process.stdout.readline()
        for process in processes:
            process.stdin.write("go\n")
            process.stdin.flush()
        times = [process.communicate()[0].split() for process in processes]
        if any(process.returncode for process in processes):
            raise SystemExit("a process of Optuna failed")
        after = self.server.counters(DATABASE)
        seconds = max(float(end) for _, end in times) - min(float(begin) for begin, _ in times)
        done = each * workers
        return {"trials": done, "seconds": seconds, "rate": done / seconds,
                "statements": (after[0] - statements) / done, "commits": (after[1] - commits) / done}


def work(url, name, trials):
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.load_study(study_name=name, storage=optuna.storages.RDBStorage(url),
                              sampler=optuna.samplers.RandomSampler())
    # The first query of a process connects and reads the study.
    study.get_trials(deepcopy=False)
    print("ready", flush=True)
    sys.stdin.readline()
    begin = time.time()
    study.optimize(lambda trial: trial.suggest_float("x", 0, 1) + 0 * trial.suggest_float("y", 0, 1), n_trials=trials)
    print(begin, time.time())


if __name__ == "__main__":
    work(sys.argv[1], sys.argv[2], int(sys.argv[3]))
