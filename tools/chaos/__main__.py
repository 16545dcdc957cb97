"""Kills everything, cuts every connection, and compares the fronts.

    python -m chaos --program .build/release/peftsearch run [--seed 1] [--only CASE,...] [--note TEXT]
    python -m chaos --program .build/release/peftsearch short [--seed 1]
    python -m chaos report

`run` writes Benchmarks/chaos/results.json, `report` the tables of docs/chaos.md from it; `short` has every kind of
fault at least once. Exit status 1 when anything is wrong. Needs the standard library and PostgreSQL's programs.
"""

import argparse
import concurrent.futures
import datetime
import json
import os
import pathlib
import shutil
import signal
import sys
import tempfile
import threading
import time

from . import clocks, cuts, disks, files, pace, points, report, storm, whole
from .result import Result
from .server import Server

ROOT = pathlib.Path(__file__).resolve().parents[2]
RESULTS = ROOT / "Benchmarks/chaos/results.json"
CASES = {"storm": storm.run, "cuts": cuts.run, "points": points.run, "files": files.run, "disks": disks.run,
         "clocks": clocks.run, "whole": whole.run, "pace": pace.run}
# Measured by the clock, or as much as two cores can do.
ALONE = {"storm", "pace"}
SIDE_BY_SIDE = 3
TELLING = threading.Lock()


def run(options):
    wanted = [name for name in CASES if not options.only or name in options.only]
    if options.size == "short":
        return together([name for name in wanted if options.only or name != "pace"], options)
    return [*together([name for name in wanted if name not in ALONE], options),
            *(one(name, options) for name in wanted if name in ALONE)]


def together(names, options):
    with concurrent.futures.ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        return list(pool.map(lambda name: one(name, options), names))


def one(name, options):
    begin = time.monotonic()
    try:
        with Server() as server:
            result = CASES[name](options, server)
    except Exception as error:
        result = Result(name, options.seed)
        result.problems = [f"the case broke off: {type(error).__name__}: {error}"]
    result.seconds = time.monotonic() - begin
    with TELLING:
        print("\n".join([report.line(result.as_json()), *(f"WRONG: {text}" for text in result.problems)]), flush=True)
        if options.size == "full":
            save(result.as_json(), options)
    return result


def save(case, options):
    """In the place of what was stored of this case."""
    stored = json.loads(RESULTS.read_text())["cases"] if RESULTS.exists() else []
    cases = {other["case"]: other for other in stored} | {case["case"]: case | {
        "date": datetime.date.today().isoformat(), "processors": os.cpu_count(), "note": options.note}}
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(json.dumps({"cases": [cases[name] for name in CASES if name in cases]}, indent=2) + "\n")


def main():
    parser = argparse.ArgumentParser(prog="chaos", description=__doc__.split("\n")[0])
    parser.add_argument("--program", type=pathlib.Path, default=ROOT / ".build/release/peftsearch")
    commands = parser.add_subparsers(dest="size", required=True)
    for name in ("run", "short"):
        command = commands.add_parser(name)
        command.add_argument("--seed", type=int, default=1)
        command.add_argument("--only", type=lambda text: text.split(","), help="cases, as in storm,cuts")
        command.add_argument("--note", default="", help="what else the machine does")
        command.add_argument("--keep", action="store_true", help="keep the folder with the logs")
    commands.add_parser("report")
    options = parser.parse_args()
    if options.size == "report":
        report.write(json.loads(RESULTS.read_text()), ROOT / "docs/chaos.md")
        return
    options.program, options.root = options.program.resolve(), ROOT
    options.folder = pathlib.Path(tempfile.mkdtemp(prefix="chaos-"))
    options.folder.chmod(0o711)
    options.size = "full" if options.size == "run" else "short"
    # What runs is ended in either case.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        results = run(options)
    finally:
        if options.keep:
            print(f"logs: {options.folder}")
        else:
            shutil.rmtree(options.folder, ignore_errors=True)
    if not all(result.is_good for result in results):
        sys.exit(1)


if __name__ == "__main__":
    main()
