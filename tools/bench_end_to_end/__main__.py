"""The command line of the end-to-end benchmark."""

import argparse
import json
import os
import pathlib
import signal
import sys

from . import campaign, report, space
from .results import Results

ROOT = pathlib.Path(__file__).resolve().parents[2]
SEARCH = {"strategy": "auto", "trials": 64, "parallelism": 2, "rungs": 3, "derived": 4}


def names(text):
    return text.split(",")


def parse():
    parser = argparse.ArgumentParser(prog="bench_end_to_end")
    parser.add_argument("--program", default=str(ROOT / ".build/release/peftsearch"))
    parser.add_argument("--results", default=str(ROOT / "Benchmarks/end-to-end/results"))
    parser.add_argument("--trials", type=int, default=40, help="of the rival")
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="run what is missing in the results")
    run.add_argument("--model", type=pathlib.Path, default=ROOT / ".demo/models/all-MiniLM-L6-v2")
    run.add_argument("--data", type=pathlib.Path, required=True, help="has trec/ and sst2/")
    run.add_argument("--tasks", type=names, default=["trec", "sst2"])
    run.add_argument("--encodings", type=names, default=["windows"], help="of the space for Optuna: windows, sites")
    run.add_argument("--seeds", type=int, default=3)
    run.add_argument("--examples", type=int, default=3000, help="to train on, at most")
    run.add_argument("--threads", type=int, default=os.cpu_count(), help="the rival's threads, our workers")
    run.add_argument("--precision", choices=("auto", "float32", "bf16"), default="auto", help="auto: the faster one")
    run.add_argument("--search", type=json.loads, default=SEARCH, help="`search` of our study file, as JSON")
    commands.add_parser("table", help="what is in the results, on standard output")
    commands.add_parser("report", help="write it into docs/end-to-end.md")
    return parser.parse_args()


def main():
    arguments = parse()
    results = Results(arguments.results)
    if arguments.command == "table":
        print(report.text(results, arguments.trials))
    elif arguments.command == "report":
        report.write(results, ROOT / "docs/end-to-end.md", arguments.trials)
    else:
        unknown = [name for name in arguments.encodings if name not in space.ENCODINGS]
        if unknown:
            sys.exit(f"--encodings: {unknown[0]} is none of {', '.join(space.ENCODINGS)}")
        # What runs is ended, and temporary folders are removed, on the way out.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
        settings = campaign.Settings(
            str(pathlib.Path(arguments.program).resolve()), arguments.model.resolve(), arguments.data.resolve(),
            arguments.examples, arguments.trials, arguments.threads, arguments.precision, arguments.search)
        campaign.run(settings, results, arguments.tasks, arguments.encodings, arguments.seeds)


if __name__ == "__main__":
    main()
