"""Trials per second through PostgreSQL, beside Optuna on the same server in the same run.

    python -m bench_queue --program .build/release/peftsearch run [--repeats 5] [--grow 100000] [--fill 1000000]
    python -m bench_queue --program .build/release/peftsearch check
    python -m bench_queue report

`run` needs optuna and psycopg2 in this Python and writes Benchmarks/queue/results.json; `report` writes the tables of
docs/queue-benchmark.md from it; `check` counts statements and commits in a few seconds, without Optuna.
"""

import argparse
import datetime
import json
import os
import pathlib
import sys

from . import filling, report
from .ours import Ours
from .rival import Optuna
from .server import Server

ROOT = pathlib.Path(__file__).resolve().parents[2]
RESULTS = ROOT / "Benchmarks/queue/results.json"
PARALLELISM = 512


def beside(ours, optuna, options):
    """Interleaved, so that what else the machine does meets both."""
    runs = []
    for repeat in range(options.repeats):
        for workers, (mine, theirs) in {1: (2048, 200), 8: (4096, 400)}.items():
            for side, result in (
                ("ours", ours.run(f"beside-{workers}-{repeat}", mine, workers, PARALLELISM)),
                ("optuna", optuna.run(f"beside-{workers}-{repeat}", theirs, workers)),
            ):
                runs.append({"side": side, "workers": workers, "repeat": repeat} | result)
                print(f"{side}, {workers} workers: {result['rate']:.1f} trials/s, "
                      f"{result['statements']:.2f} statements and {result['commits']:.2f} commits a trial", flush=True)
    return runs


def growth(ours, trials):
    """Windows around ever larger numbers of trials of one study."""
    name = f"growth-{trials}"
    whole = ours.run(name, trials, 8, PARALLELISM)
    windows = []
    at = 100
    while at <= trials:
        first, last = (1, 2 * at) if at < 10 * PARALLELISM / 5 else (at - 2 * PARALLELISM, at + 2 * PARALLELISM)
        first, last = max(1, first), min(last, trials)
        windows.append({"around": at, "first": first, "last": last, "rate": ours.rate(name, first, last)})
        print(f"around {at}: {windows[-1]['rate']:.1f} trials/s", flush=True)
        at *= 10
    return {"whole": whole, "windows": windows}


def by_parallelism(ours):
    return {str(count): ours.run(f"parallel-{count}", max(512, 4 * count), 8, count) for count in (8, 64, 512)}


def run(options):
    results = json.loads(RESULTS.read_text()) if options.keep and RESULTS.exists() else {}
    with Server() as server:
        ours = Ours(options.program, server)
        if options.repeats:
            optuna = Optuna(sys.executable, server)
            results |= {
                "date": datetime.date.today().isoformat(), "processors": os.cpu_count(), "note": options.note,
                "postgresql": server.sql("postgres", "SHOW server_version")[0], "parallelism": PARALLELISM,
                "runs": beside(ours, optuna, options), "by_parallelism": by_parallelism(ours),
            }
            save(results)
        if options.grow:
            results["growth"] = growth(ours, options.grow)
            save(results)
        if options.fill:
            path = filling.fill(ours, "filled", options.fill, options.fill)
            results |= {"filled": options.fill, "readers": filling.readers(ours, "filled", path, options.fill)}
            print(results["readers"], flush=True)
            save(results)
            filling.fill(ours, "growing", options.fill - 1000, options.fill)
            results["resume"] = filling.resume(ours, "growing", options.fill - 1000)
            print(results["resume"], flush=True)
            save(results)


def save(results):
    RESULTS.write_text(json.dumps(results, indent=2) + "\n")


def check(options):
    """What no machine's speed changes: 6 statements and 3 commits a trial at most."""
    with Server() as server:
        result = Ours(options.program, server).run("check", 1024, 2, 256)
    print(f"{result['statements']:.2f} statements and {result['commits']:.2f} commits a trial")
    if result["statements"] > 6 or result["commits"] > 3:
        sys.exit("a trial takes more than 6 statements or 3 commits")


def main():
    parser = argparse.ArgumentParser(prog="bench_queue", description=__doc__.split("\n")[0])
    parser.add_argument("--program", default=ROOT / ".build/release/peftsearch")
    commands = parser.add_subparsers(dest="command", required=True)
    running = commands.add_parser("run")
    running.add_argument("--repeats", type=int, default=5, help="0 leaves the comparison out")
    running.add_argument("--grow", type=int, default=100_000, help="0 leaves the table of growth out")
    running.add_argument("--fill", type=int, default=1_000_000, help="0 leaves the readers out")
    running.add_argument("--note", default="", help="what else the machine does")
    running.add_argument("--keep", action="store_true", help="keep of the last results what is left out")
    commands.add_parser("check")
    commands.add_parser("report")
    options = parser.parse_args()
    if options.command == "report":
        report.write(json.loads(RESULTS.read_text()), ROOT / "docs/queue-benchmark.md")
    else:
        {"run": run, "check": check}[options.command](options)


if __name__ == "__main__":
    main()
